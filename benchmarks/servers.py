"""The Neo4j that all peers of a run share."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from subprocess import PIPE, Popen
from typing import Literal
from urllib.parse import urlsplit

from neo4j import GraphDatabase

__all__ = ["Address", "server", "serving"]

HOLDS = "RETURN EXISTS { (:Artifact|Execution|Context) } AS holds"
EMPTY = "MATCH (node) CALL (node) { DETACH DELETE node } IN TRANSACTIONS OF 10000 ROWS"

_numbers = count(1)


@dataclass(frozen=True)
class Address:
    """Where a Neo4j answers."""

    uri: str
    user: str
    password: str
    database: str = "neo4j"

    @property
    def auth(self) -> tuple[str, str]:
        """User and password."""
        return self.user, self.password


@contextmanager
def server(uri: str | None, *, heap: str = "2g", page_cache: str = "1g") -> Iterator[Address]:
    """The server at an address with user and password in it, or a local store of its own.

    The one at an address must hold no store, and is emptied in the end: what one workload wrote
    would be in the way of the next.

    The local store is a lasting one (a throw-away server is compiled for a quick start, not for
    speed), and is removed in the end.

    Raises:
        ValueError: If the server at the address holds artifacts, executions or contexts.
    """
    if uri is not None:
        parts = urlsplit(uri)
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        address = Address(bare, parts.username or "neo4j", parts.password or "neo4j")
        with GraphDatabase.driver(address.uri, auth=address.auth) as driver:
            rows, _, _ = driver.execute_query(HOLDS, database_=address.database)
            if rows[0]["holds"]:
                raise ValueError(f"{bare} holds a store already, and is emptied in the end")
            try:
                yield address
            finally:
                with driver.session(database=address.database) as session:
                    session.run(EMPTY).consume()
        return
    from graphstore import local

    name = f"benchmark-{os.getpid()}-{next(_numbers)}"
    running = local.up(name, heap=heap, page_cache=page_cache)
    try:
        yield Address(running.uri, running.user, running.password)
    finally:
        local.down(name)
        local.remove(name)


def serving(
    address: Address,
    protocol: Literal["--grpc", "--http"],
    program: Sequence[str] = ("graphstore",),
) -> tuple[Popen[str], int]:
    """``graphstore serve`` on a Neo4j, and the port at which it listens.

    Args:
        address: That of the Neo4j.
        protocol: What it speaks.
        program: A module with what it is given before ``serve``.
    """
    command = [sys.executable, "-m", *program, "serve", protocol, "127.0.0.1:0"]
    process = Popen(
        [*command, "--log", "off", "--json"],
        env={
            **os.environ,
            "NEO4J_URI": address.uri,
            "NEO4J_USERNAME": address.user,
            "NEO4J_PASSWORD": address.password,
        },
        stdout=PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())["port"]
