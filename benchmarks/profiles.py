"""``python -m benchmarks.profiles``: what the time of some work goes to, graphstore's and a peer's.

    python -m benchmarks.profiles                     all of it, in a history of 10^5 nodes
    python -m benchmarks.profiles --only publish,whole --nodes 20000

Of every contestant: milliseconds of one call, of the client's processor and of the server's, and -
of the part of the call that its own thread can see - for what. Of graphstore, the functions in
which the client spends most. What is written in C counts for the function that called it, but for
pydantic's validation.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from urllib.parse import urlsplit

import psutil
from pyinstrument import Profiler
from pyinstrument.frame import SELF_TIME_FRAME_IDENTIFIER, Frame

import graphstore
from benchmarks.histories import copies, history
from benchmarks.peers.mlmd import Mlmd, copy_with_tag
from benchmarks.peers.ours import Graphstore
from benchmarks.peers.raw import Raw
from benchmarks.servers import server
from benchmarks.workloads.importing import RawRows
from benchmarks.workloads.lineage import ALL, last_model
from benchmarks.workloads.publish import Writers, record, seed
from graphstore.interop.mlmd_import import import_mlmd

__all__ = ["Profile", "main", "profile"]

HOPS = 64
IMPORT_SIZE = 10_000
"""Nodes of the history that is published in bulk, or imported, again and again."""
SECONDS = 1.5
"""That each of a contestant's turns lasts, at least."""
WARM_UP = 8
"""Turns that do not count."""
WAITING = "waiting for the server"
PACKAGES = {
    "neo4j": "the driver",
    "pydantic": "pydantic",
    "google": "protocol buffers, MLMD",
    "ml_metadata": "protocol buffers, MLMD",
}
BUILT_IN = "<built-in>"
BUILT_INS = {"socket": WAITING, "SchemaValidator": "pydantic", "lock": "waiting for threads"}
"""By the class of a method in C, where its callers do not tell."""
OWN = Path(graphstore.__file__).parent
_numbers = count(10**6)  # the publish workload names its own from 1 on

Contestants = Mapping[str, Callable[[], object]]


@dataclass(frozen=True)
class Profile:
    """What one call takes, in milliseconds."""

    wall: float
    client: float
    """Of the processor, in all threads of this process."""
    server: float
    """Of the processor, in the server."""
    parts: Mapping[str, float]
    """Of the wall time of the thread that calls: for what."""
    hot: Mapping[str, float]
    """graphstore's functions with what they call in C, the hottest first."""


def profile(ask: Callable[[], object], java: psutil.Process, *, rounds: int = 3) -> Profile:
    """Call something for a while, first as it is and then under a sampling profiler."""
    figures = [_measure(ask, java) for _ in range(rounds)]
    wall, client, server_ = (median(column) for column in zip(*figures, strict=True))
    profiler = Profiler(interval=0.0005, async_mode="disabled")
    with profiler:
        _repeat(ask)
    root = profiler.last_session and profiler.last_session.root_frame(trim_stem=False)
    assert root is not None
    parts: dict[str, float] = defaultdict(float)
    hot: dict[str, float] = defaultdict(float)
    for frame, seconds in _own_times(root):
        part = _part(frame)
        parts[part] += seconds
        if part == "graphstore":
            while frame.file_path == BUILT_IN and frame.parent:
                frame = frame.parent
            hot[f"`{frame.function}` ({Path(frame.file_path or '').name})"] += seconds
    scale = wall / sum(parts.values())
    return Profile(
        wall,
        client,
        server_,
        {part: seconds * scale for part, seconds in _most(parts)},
        {name: seconds * scale for name, seconds in _most(hot)[:6]},
    )


def _measure(ask: Callable[[], object], java: psutil.Process) -> tuple[float, float, float]:
    """Milliseconds of a call: wall, client's processor, server's."""
    before = java.cpu_times()
    wall, client = perf_counter(), process_time()
    calls = _repeat(ask)
    wall, client = perf_counter() - wall, process_time() - client
    after = java.cpu_times()
    busy = after.user + after.system - before.user - before.system
    return wall * 1000 / calls, client * 1000 / calls, busy * 1000 / calls


def _repeat(ask: Callable[[], object]) -> int:
    """How often it was called before the time was over."""
    end = perf_counter() + SECONDS
    for calls in count(1):
        ask()
        if perf_counter() > end:
            return calls
    raise AssertionError("unreachable")


def _most(seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(seconds.items(), key=lambda one: one[1], reverse=True)


def _own_times(frame: Frame) -> Iterator[tuple[Frame, float]]:
    """Every frame and the seconds in which none that it called was running."""
    callees = [one for one in frame.children if one.identifier != SELF_TIME_FRAME_IDENTIFIER]
    yield frame, frame.time - sum(one.time for one in callees)
    for one in callees:
        yield from _own_times(one)


def _part(frame: Frame) -> str:
    """Whose a frame is."""
    if frame.file_path == BUILT_IN:
        whose = frame.function.partition(".")[0]
        caller = frame.parent
        return BUILT_INS.get(whose) or (_part(caller) if caller else "Python's library")
    path = Path(frame.file_path or "")
    if OWN in path.parents:
        return "graphstore"
    if "site-packages" in path.parts:
        package = path.parts[path.parts.index("site-packages") + 1]
        return PACKAGES.get(package, "other packages")
    return "the benchmark" if "benchmarks" in path.parts else "Python's library"


@dataclass(frozen=True)
class Graph:
    """A history in a store, and what is asked about it."""

    ours: Graphstore
    raw: Raw
    model: int
    nodes: int
    folder: Path

    def publish(self) -> Contestants:
        """One writer, an execution a call."""

        def publisher(peer: Graphstore | Raw) -> Callable[[], object]:
            reads = list(peer.publish(seed(next(_numbers), 11), ()))[:2]
            return lambda: peer.publish(record(f"p-{peer.name}", next(_numbers)), reads)

        return {"graphstore": publisher(self.ours), "raw driver": publisher(self.raw)}

    def threads(self) -> Contestants:
        """Eight writers, 480 executions a call; a thread that waits for them sees nothing."""

        def publisher(peer: Graphstore | Raw) -> Callable[[], object]:
            writers = Writers(peer, 8, 60)
            return lambda: writers.write(writers.work())

        return {peer.name: publisher(peer) for peer in (self.ours, self.raw)}

    def bulk(self) -> Contestants:
        """A history a call."""
        records = list(history(IMPORT_SIZE))

        def by_raw() -> None:
            number = next(_numbers)
            self.raw.load(copies(records, f"bulk-{number}"), first_id=2 * 10**9 + number * 10**7)

        return {
            "graphstore": lambda: self.ours.load(copies(records, f"bulk-{next(_numbers)}")),
            "raw driver": by_raw,
        }

    def importing(self) -> Contestants:
        """A history a call: from MLMD's file, and raw batches of the same payload from memory."""
        records = list(history(IMPORT_SIZE))
        peer, raw = Mlmd(self.folder / "history.sqlite"), RawRows(self.raw.address)
        peer.load(records)
        peer.close()

        def by_ours() -> None:
            tag = f"import-{next(_numbers)}"
            file = copy_with_tag(peer.file, self.folder / f"{tag}.sqlite", tag)
            import_mlmd(self.ours.store, file)
            file.unlink()

        def by_raw() -> None:
            number = next(_numbers)
            raw.load(copies(records, f"import-{number}"), first_id=4 * 10**9 + number * 10**8)

        return {"graphstore": by_ours, "raw driver": by_raw}

    def ids(self) -> Contestants:
        """Ids of a model's ancestors."""
        lineage = self.ours.store.lineage
        return {
            "graphstore": lambda: lineage.ids("upstream", self.model, max_hops=HOPS),
            "raw driver": lambda: self.raw.lineage_ids(self.model, HOPS),
        }

    def whole(self, hops: int | None = HOPS) -> Contestants:
        """A model's ancestors and their events, as validated models and as columns."""
        lineage = self.ours.store.lineage
        return {
            "graphstore": lambda: lineage.upstream(self.model, max_hops=hops, max_nodes=ALL),
            "raw columns": lambda: self.raw.lineage_columns(self.model, hops),
        }

    def unbounded(self) -> Contestants:
        """All of a model's ancestors."""
        return self.whole(None)

    def subgraph(self) -> Contestants:
        """ML Metadata's question, by its client class."""
        mlmd, front = Mlmd(self.folder / "subgraph.sqlite"), self.ours.mlmd()
        model = last_model(self.nodes, mlmd.load(history(self.nodes)))
        mask = ["artifacts", "executions", "events"]
        return {
            "graphstore": lambda: Mlmd.upstream(front, self.model, HOPS, mask),
            "MLMD on SQLite": lambda: Mlmd.upstream(mlmd.store, model, HOPS, mask),
        }


WORK = {
    "publish": Graph.publish,
    "threads": Graph.threads,
    "bulk": Graph.bulk,
    "importing": Graph.importing,
    "ids": Graph.ids,
    "whole": Graph.whole,
    "unbounded": Graph.unbounded,
    "subgraph": Graph.subgraph,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table for each kind of work."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.profiles", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--only", default=",".join(WORK), help="of " + ", ".join(WORK))
    parser.add_argument("--nodes", type=int, default=100_000, help="in the history")
    options = parser.parse_args(arguments)
    names = options.only.split(",")
    if unknown := set(names) - set(WORK):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    logging.getLogger("neo4j").setLevel(logging.ERROR)
    with _graph(options.nodes) as graph:
        java = _listener(urlsplit(graph.raw.address.uri).port)
        for name in names:
            contestants = WORK[name](graph)
            for ask in contestants.values():  # the server compiles what it meets often
                for _ in range(WARM_UP):
                    _repeat(ask)
            profiles = {who: profile(ask, java) for who, ask in contestants.items()}
            print(f"\n{_title(name)}\n\n{table(profiles)}", flush=True)
    return 0


@contextmanager
def _graph(nodes: int) -> Iterator[Graph]:
    with server(None) as address, TemporaryDirectory() as folder:
        ours, raw = Graphstore(address), Raw(address)
        try:
            model = last_model(nodes, ours.load(history(nodes)))
            yield Graph(ours, raw, model, nodes, Path(folder))
        finally:
            raw.close()
            ours.close()


def _listener(port: int | None) -> psutil.Process:
    """The process that listens on a port of this machine."""
    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port and one.pid:
            return psutil.Process(one.pid)
    raise LookupError(f"nobody listens on port {port}")


def _title(name: str) -> str:
    text = (WORK[name].__doc__ or "").partition("\n")[0].rstrip(".")
    return f"**{name}**: {text}"


def table(profiles: Mapping[str, Profile]) -> str:
    """In Markdown: a column a contestant, a line a part; graphstore's hot functions below."""
    parts = list(dict.fromkeys(part for one in profiles.values() for part in one.parts))
    lines: list[tuple[str, list[float]]] = [
        ("a call", [one.wall for one in profiles.values()]),
        ("client's processor", [one.client for one in profiles.values()]),
        ("server's processor", [one.server for one in profiles.values()]),
    ]
    lines += [
        (f"of the call: {part}", [one.parts.get(part, 0) for one in profiles.values()])
        for part in parts
        if max(one.parts.get(part, 0) / one.wall for one in profiles.values()) >= 0.01
    ]
    rows = [["ms", *profiles], ["---"] * (len(profiles) + 1)]
    rows += [[what, *(f"{value:,.2f}" for value in values)] for what, values in lines]
    text = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    ours = profiles["graphstore"]
    hot = ", ".join(
        f"{name} {value / ours.wall:.0%}"
        for name, value in ours.hot.items()
        if value / ours.wall >= 0.01
    )
    return f"{text}\n\nHot in graphstore, of the call: {hot}." if hot else text


if __name__ == "__main__":
    sys.exit(main())
