"""What is written down about a store's server: who it is, where it listens, what it runs on."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from graphstore.errors import Unauthenticated
from graphstore.local import processes
from graphstore.local.certificate import Certificate
from graphstore.local.distribution import newer
from graphstore.local.ports import USER, Ports
from graphstore.local.results import Condition, LocalServer
from graphstore.system.folders import write_private
from graphstore.system.processes import ProcessId

__all__ = ["State", "arguments_of", "console_log", "last_version", "orphan_of", "password_of"]

_FILE = "state.json"
_FORMAT = 2
_BANNER = re.compile(r"={4,} Neo4j (\d+(?:\.\d+)+) ={4,}")


@dataclass(frozen=True)
class State:
    """The server of one store, as it was started last."""

    neo4j_version: str
    ports: Ports
    java: str
    """The program."""
    process: ProcessId
    started_at: str
    """ISO 8601, UTC."""
    host: str
    """The machine; on a shared disk it may be another one."""
    certified: bool = False
    """Whether it proves itself by the certificate of its store."""
    stopped: bool = False
    """Whether it was stopped on purpose."""
    heap: str = ""
    """The most memory that Java gives to objects; empty if an earlier version started it."""
    page_cache: str = ""
    """The memory for pages of the store; likewise."""

    @classmethod
    def of(
        cls,
        version: str,
        ports: Ports,
        java: Path,
        process: ProcessId,
        *,
        certified: bool,
        heap: str = "",
        page_cache: str = "",
    ) -> State:
        """The state of a server that starts now, here."""
        return cls(
            neo4j_version=version,
            ports=ports,
            java=str(java),
            process=process,
            started_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            host=socket.gethostname(),
            certified=certified,
            heap=heap,
            page_cache=page_cache,
        )

    @classmethod
    def read(cls, folder: Path) -> State | None:
        """What is written down in `folder`; None if nothing is, or nothing that can be read."""
        try:
            record = json.loads((folder / _FILE).read_text(encoding="utf-8"))
            if record.pop("format") != _FORMAT:
                return None
            ports, process = Ports(**record.pop("ports")), ProcessId(**record.pop("process"))
            return cls(ports=ports, process=process, **record)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, folder: Path) -> None:
        """Write it down, in one go."""
        text = json.dumps({"format": _FORMAT, **asdict(self)}, indent=2)
        write_private(folder / _FILE, text + "\n")

    def write_stopped(self, folder: Path) -> None:
        """Write down that it was stopped on purpose."""
        replace(self, stopped=True).write(folder)

    def condition(self, folder: Path) -> Condition:
        """How the server is just now."""
        if self.process.alive():
            return "running"
        return "stopped" if self.stopped or _ended_well(folder) else "crashed"

    def server(self, folder: Path, *, joined: bool) -> LocalServer:
        """The server, for who wants to talk to it.

        Raises:
            Unauthenticated: If its password is written down nowhere.
        """
        return LocalServer(
            name=folder.name,
            uri=self.ports.uri,
            http_address=self.ports.http_address,
            browser_url=self.ports.browser_url,
            user=USER,
            password=password_of(folder),
            neo4j_version=self.neo4j_version,
            folder=folder,
            pid=self.process.pid,
            joined=joined,
            certificate=Certificate.of(folder).file if self.certified else None,
        )


def last_version(folder: Path) -> str | None:
    """The newest Neo4j that ever ran on the data in `folder`; None if none did.

    The state says it; Neo4j's log says it too, and may have come along where the state did not.
    """
    state = State.read(folder)
    versions = [state.neo4j_version] if state else []
    for log in (folder / "logs").glob("neo4j.log*"):
        versions += _BANNER.findall(log.read_text(encoding="utf-8", errors="replace"))
    newest = None
    for version in versions:
        if newest is None or newer(version, newest):
            newest = version
    return newest


def password_of(folder: Path) -> str:
    """The password of the store's server.

    Raises:
        Unauthenticated: If it is written down nowhere.
    """
    file = folder / "password"
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Unauthenticated(
            f"the password of the local Neo4j in {folder} cannot be read ({error}): put it into"
            f" that file, readable by you alone, or use another local store"
        ) from error


def console_log(folder: Path) -> Path:
    """The file that takes what the server prints."""
    return folder / "logs" / "console.log"


def arguments_of(folder: Path) -> tuple[str, ...]:
    """The last arguments of the server of `folder`, which tell it from all other processes."""
    return f"--home-dir={folder}", f"--config-dir={folder / 'conf'}", "--console-mode"


def orphan_of(folder: Path) -> ProcessId | None:
    """A server of `folder` that may be written down nowhere, if who started it died just then."""
    return processes.find(*arguments_of(folder))


def _ended_well(folder: Path) -> bool:
    """Whether the server said goodbye, as it does when the machine is shut down."""
    try:
        with console_log(folder).open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - 200))
            return log.read().rstrip().endswith(b"Stopped.")
    except OSError:
        return False
