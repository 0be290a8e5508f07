"""Which ports a local Neo4j listens on."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from dataclasses import dataclass

from graphstore.errors import InvalidArgument, PortInUse
from graphstore.local import processes

__all__ = ["HOST", "PREFERRED", "USER", "Ports", "Wish", "any_ports", "choose"]

HOST = "127.0.0.1"
"""Where a local Neo4j listens, and nowhere else; `localhost` may be another program's ::1."""

USER = "neo4j"
"""The one user that a fresh Neo4j has."""


@dataclass(frozen=True)
class Ports:
    """A port for each of the two ways into Neo4j."""

    bolt: int
    http: int

    @property
    def uri(self) -> str:
        """The address for drivers."""
        return f"bolt://{HOST}:{self.bolt}"

    @property
    def http_address(self) -> str:
        """The address of the HTTP interface."""
        return f"http://{HOST}:{self.http}"

    @property
    def browser_url(self) -> str:
        """Neo4j Browser, its connect form filled in but for the password."""
        # `dbms` and `db` are the Browser's own: Neo4j Browser manual, "Browser URL parameters".
        return f"{self.http_address}/browser/?dbms=bolt://{USER}@{HOST}:{self.bolt}&db=neo4j"


PREFERRED = Ports(bolt=17687, http=17474)
"""Those of Neo4j with a one in front, so that both can run side by side."""


@dataclass(frozen=True)
class Wish:
    """The ports that somebody asked for; None where any will do."""

    bolt: int | None = None
    http: int | None = None

    @classmethod
    def of(cls, bolt: int | None, http: int | None) -> Wish:
        """What the caller asks for, and where they do not, what the environment does.

        Raises:
            InvalidArgument: If it is no port.
        """
        return cls(
            _check(bolt, "GRAPHSTORE_BOLT_PORT", "Bolt"),
            _check(http, "GRAPHSTORE_HTTP_PORT", "HTTP"),
        )

    def met_by(self, ports: Ports) -> bool:
        """Whether these are the ports that were asked for."""
        return self.bolt in (None, ports.bolt) and self.http in (None, ports.http)


def choose(wish: Wish, *before: Ports) -> Ports:
    """Two free ports: those asked for, else the first free ones of `before`, else any.

    A free port may be taken before Neo4j comes to it: be ready to choose again.

    Raises:
        PortInUse: If a port that was asked for is taken.
    """
    candidates = [*before, any_ports()]
    return Ports(
        bolt=_choose(wish.bolt, "Bolt", "GRAPHSTORE_BOLT_PORT", [one.bolt for one in candidates]),
        http=_choose(wish.http, "HTTP", "GRAPHSTORE_HTTP_PORT", [one.http for one in candidates]),
    )


def any_ports() -> Ports:
    """Two ports that nobody uses just now."""
    with ExitStack() as stack:
        # Both are held at once, lest the system gives the same one twice.
        sockets = [stack.enter_context(socket.socket()) for _ in range(2)]
        for one in sockets:
            one.bind((HOST, 0))
        return Ports(*(one.getsockname()[1] for one in sockets))


def _choose(port: int | None, what: str, variable: str, candidates: list[int]) -> int:
    if port is None:
        return next(filter(_is_free, candidates), candidates[-1])
    if _is_free(port):
        return port
    holder = processes.holder_of(port) or "another process"
    raise PortInUse(
        f"the {what} port {port} was asked for and is used by {holder}: stop that, or ask for"
        f" another port (the argument or {variable}), or for none to have a free one chosen"
    )


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        if os.name == "posix":
            # As Neo4j does: a connection of the last server that lingers is no hindrance.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((HOST, port))
        except OSError:
            return False
    return True


def _check(port: int | None, variable: str, what: str) -> int | None:
    if port is None and (text := os.environ.get(variable)):
        port = int(text) if text.isdecimal() else -1
    if port is not None and not 0 < port < 65536:
        raise InvalidArgument(
            f"the {what} port must be a number from 1 to 65535 (the argument or {variable})"
        )
    return port
