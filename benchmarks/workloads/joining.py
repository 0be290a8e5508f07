"""Joining a local server that is up: what every command and every script begins with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from neo4j import GraphDatabase

from benchmarks.measure import Result, interleave, round_trips, timer
from benchmarks.options import Options
from graphstore import Artifact, ArtifactType, Store, local

__all__ = ["joining", "results"]


def results(options: Options) -> Iterator[Result]:
    """On a local store; not of a server that was given, which nobody joins."""
    if options.uri is not None:
        return
    name = f"benchmark-{os.getpid()}-joined"
    try:
        local.up(name)
        yield from joining(name, rounds=max(options.rounds, 7))
    finally:
        local.down(name)
        local.remove(name)


def joining(name: str, *, rounds: int) -> Iterator[Result]:
    """`local.up` of what is up, against a point read by a driver that is connected.

    Beside it the least that a driver of one's own needs, and all of `Store.open`; first in round
    trips, those of TCP not among them, then in time.
    """
    server = local.up(name)
    if not server.joined:
        raise AssertionError(f"{name} was not up")
    auth = (server.user, server.password)

    def connect() -> None:
        with GraphDatabase.driver(server.uri, auth=auth) as driver:
            driver.execute_query("RETURN 1", database_="neo4j")

    def open_() -> None:
        Store.open(name=name).close()

    with Store.open(server.uri, auth=auth) as store:
        store.types.put(ArtifactType(name="Model"))
        id_ = store.artifacts.put(Artifact(type="Model")).id or 0
        asks: dict[str, Callable[[], Any]] = {
            "join": lambda: local.up(name),
            "point read": lambda: store.artifacts.get(id_),
            "a driver connects and asks once": connect,
            "Store.open": open_,
        }
        yield Result(
            "joining a local server that is up",
            "round trips",
            {one: [float(round_trips(ask))] for one, ask in asks.items()},
            subject="join",
            goals={"point read": 1 / 5},
        )
        repeats = {"point read": 20}
        yield Result(
            "joining a local server that is up",
            "ms",
            interleave(
                {one: timer(ask, repeat=repeats.get(one, 3)) for one, ask in asks.items()},
                rounds=rounds,
                warmup=5,
            ),
            subject="join",
        )
