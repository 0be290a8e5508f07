"""Programs that tests start: which Neo4j they find, and `graphstore serve`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

__all__ = ["LEAN", "listening", "neo4j_variables", "serving"]

LEAN = "from graphstore.cli.lean import load_lean; load_lean()\n"
"""What a program begins with that needs no frames: Neo4j's driver loads pandas, which takes longer
than all else that it imports."""


class _Neo4j(Protocol):
    """A server that answers: that of the session, or a local store's."""

    @property
    def uri(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...


def neo4j_variables(server: _Neo4j) -> dict[str, str]:
    """The variables of the environment by which `graphstore` finds a Neo4j."""
    return {
        "NEO4J_URI": server.uri,
        "NEO4J_USERNAME": server.user,
        "NEO4J_PASSWORD": server.password,
        "NEO4J_DATABASE": "neo4j",
    }


@contextmanager
def serving(server: _Neo4j, folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`graphstore serve` while the block runs, with the lines that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "graphstore", "serve", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, **neo4j_variables(server)},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


class _Server(Protocol):
    """A server of ours within this process."""

    def start(self) -> None: ...
    def stop(self, grace: float) -> int: ...


P = ParamSpec("P")
S = TypeVar("S", bound=_Server)


@contextmanager
def listening(make: Callable[P, S], *, grace: float = 0) -> Iterator[Callable[P, S]]:
    """A factory of servers that listen, of one that makes them; in the end all are stopped.

    Args:
        make: Makes a server.
        grace: Seconds that it may take to stop one.
    """
    servers: list[S] = []

    def start(*arguments: P.args, **options: P.kwargs) -> S:
        server = make(*arguments, **options)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop(grace)
