"""What a local Neo4j is told: its settings, and the options of its Java."""

from __future__ import annotations

from collections.abc import Sequence

from graphstore.local.ports import HOST, Ports

__all__ = ["java_options", "neo4j_conf"]

_PACKAGES = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
# Those of the neo4j.conf that Neo4j ships, as far as they concern a small server.
_COMMON = (
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _PACKAGES),
    "-Dfile.encoding=UTF-8",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dlog4j2.disable.jmx=true",
    "-XX:-OmitStackTraceInFastThrow",
    # What runs out of memory ends, and is found and started again, rather than limps on.
    "-XX:+ExitOnOutOfMemoryError",
)
# A server that stays: when idle it gives memory back to the system, once a minute.
_LASTING = ("-XX:+UseG1GC", "-XX:G1PeriodicGCInterval=60000")
# One that goes again soon: compiled at once rather than thoroughly, and collected by one thread.
_EPHEMERAL = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def java_options(heap: str, *, ephemeral: bool) -> list[str]:
    """The options of Java, but for the class path."""
    first = "128m" if ephemeral else "256m"
    if _bytes(heap) < _bytes(first):
        first = heap  # Java refuses to begin with more than the most
    return [*_COMMON, *(_EPHEMERAL if ephemeral else _LASTING), f"-Xms{first}", f"-Xmx{heap}"]


def _bytes(size: str) -> int:
    """An amount of memory such as ``512m`` as a number."""
    return int(size[:-1]) << {"k": 10, "m": 20, "g": 30}[size[-1].lower()]


def neo4j_conf(ports: Ports, heap: str, page_cache: str, own: Sequence[str]) -> str:
    """The text of neo4j.conf; `own` are the lines that only this Neo4j or this store has."""
    bolt, http = f"{HOST}:{ports.bolt}", f"{HOST}:{ports.http}"
    lines = [
        "# Written by graphstore at every start: what is changed here is lost.",
        f"server.default_listen_address={HOST}",
        f"server.bolt.listen_address={bolt}",
        f"server.bolt.advertised_address={bolt}",
        f"server.http.listen_address={http}",
        f"server.http.advertised_address={http}",
        "server.https.enabled=false",
        f"server.memory.heap.max_size={heap}",
        f"server.memory.pagecache.size={page_cache}",
        "dbms.usage_report.enabled=false",
        "client.allow_telemetry=false",
        # By default an empty store takes half a gigabyte of disk for its transaction logs.
        "db.tx_log.rotation.size=32m",
        "db.tx_log.rotation.retention_policy=keep_none",
        # Neo4j waits ten seconds for threads that have nothing to do; its databases are closed
        # by then. This way a stop takes 0.3 seconds in place of 10.2.
        "internal.server.bolt.thread_pool_shutdown_wait_time=0s",
        *own,
    ]
    return "\n".join([*lines, ""])
