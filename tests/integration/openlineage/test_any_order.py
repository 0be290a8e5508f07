"""Events may come in any order and any number of times: the graph is the same."""

from __future__ import annotations

import random

import pytest

from graphstore import Store
from graphstore.interop.openlineage.events import parse
from graphstore.interop.openlineage.ingestion import Ingestion
from tests.integration.openlineage.events import Json, graph_of, lineage_of, random_events


def take_in(store: Store, events: list[Json], size: int) -> None:
    ingestion = Ingestion(store)
    for first in range(0, len(events), size):
        ingestion.put([parse(one) for one in events[first : first + size]])


def empty(store: Store) -> None:
    store.database.driver.execute_query(
        "MATCH (n:Artifact|Execution|Context|Revision|GraphstoreDeletion) DETACH DELETE n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_history_in_any_order_and_twice_is_the_same_graph(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    events = random_events(chance, runs=60)
    take_in(store, events, len(events))
    in_order = graph_of(store)
    for size in (1, 7, 50):
        empty(store)
        shuffled = [*events, *events]
        chance.shuffle(shuffled)
        take_in(store, shuffled, size)
        again = graph_of(store)
        assert again["edges"] == in_order["edges"]
        assert again["nodes"] == in_order["nodes"]


@pytest.mark.parametrize("seed", range(6, 12))
def test_who_read_what_is_what_the_rules_say(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    events = random_events(chance, runs=60)
    shuffled = [*events, *events]
    chance.shuffle(shuffled)
    take_in(store, shuffled, 20)
    rows = store.database.driver.execute_query(
        """
        MATCH (data:Artifact)-[event:INPUT]->(run:Execution) WHERE size(event.path) <> 2
          AND (size(event.path) = 1 OR event.path[1] = run.external_id)
        RETURN run.external_id AS reader, data.dataset AS name, coalesce(data.written_by, '') AS by
        """
    ).records
    assert {(row["reader"], row["name"], row["by"]) for row in rows} == lineage_of(events)
