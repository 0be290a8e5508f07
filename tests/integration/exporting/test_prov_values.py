"""What names and values become in PROV, and that no serialisation loses any of it."""

import math
from datetime import datetime, timezone
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prov.model import ProvActivity

from graphstore import (
    Artifact,
    ArtifactType,
    Association,
    Attribution,
    Context,
    ContextType,
    Event,
    EventType,
    Execution,
    ExecutionType,
    Proto,
    Store,
)
from graphstore.interop.prov import export_prov
from graphstore.interop.prov.exporter import Format
from graphstore.interop.prov.words import literal, local
from tests.conftest import empty, examples
from tests.contract.test_round_trip import CUSTOM, KEYS, TEXT
from tests.integration.exporting.conftest import HOSTILE
from tests.integration.exporting.documents import read, record_of, relations


@pytest.fixture(scope="module")
def front(database):
    empty(database)
    store = Store(database)
    store.types.put(ArtifactType(name="T"))
    store.types.put(ExecutionType(name="E"))
    store.types.put(ContextType(name="C"))
    return store


def test_what_was_promised_or_passed_on_was_neither_used_nor_generated(front):
    types = [one for one in EventType if one is not EventType.UNKNOWN]
    execution = front.executions.put(Execution(type="E"))
    artifacts = {one: front.artifacts.put(Artifact(type="T")) for one in types}
    front.events.put(
        [
            Event(type=one, artifact_id=artifact, execution_id=execution)
            for one, artifact in artifacts.items()
        ]
    )
    starts = [artifacts[EventType.OUTPUT], artifacts[EventType.PENDING_OUTPUT]]
    documents = [read(export_prov(front, one, passed_on=True).text) for one in starts]
    (used,) = relations(documents[0], "Usage")
    assert used["prov:entity"] == f"store:{artifacts[EventType.INPUT].ref.short}"
    assert len(relations(documents[0], "Generation")) == 1
    influences = {one["prov:type"] for one in relations(documents[0], "Influence")}
    assert influences == {"graphstore:DECLARED_INPUT", "graphstore:INTERNAL_INPUT"}
    assert relations(documents[1], "Generation") == []
    assert "graphstore:PENDING_OUTPUT" in {
        one["prov:type"] for one in relations(documents[1], "Influence")
    }


@given(st.lists(KEYS | st.just("") | TEXT, unique=True))
@example(["", "_x_", "_x0020_", " ", "a.", "xml", "-", "1", "_x005F_x0020_"])
def test_no_two_names_become_one(names):
    assert len({local(name) for name in names}) == len(names)


@examples(60)
@given(custom=CUSTOM, name=TEXT, uri=TEXT, path=st.lists(st.integers(0, 9) | KEYS, max_size=3))
@example(
    custom={"nan": math.nan, "inf": -math.inf, "int": 2**63 - 1, "p": Proto("t", b"\0"), "s": [1]},
    name=HOSTILE,
    uri="a b\x00",
    path=["a", 0],
)
def test_any_history_is_equal_after_a_round_trip_through_every_serialisation(
    front, custom, name, uri, path
):
    artifact = front.artifacts.put(Artifact(type="T", uri=uri, custom_properties=custom))
    execution = front.executions.put(Execution(type="E", custom_properties=custom))
    when = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
    front.events.put([
        Event(type=EventType.OUTPUT, path=tuple(path), time=when, artifact_id=artifact.id,
              execution_id=execution.id)
    ])  # fmt: skip
    if name:
        context = front.contexts.put(Context(type="C", name=name + str(artifact.id)))
        front.contexts.put_attributions([Attribution(artifact_id=artifact, context_id=context)])
        front.contexts.put_associations([Association(execution_id=execution, context_id=context)])
    documents = [
        read(export_prov(front, artifact, format=one).text, one) for one in get_args(Format)
    ]
    assert all(one == documents[0] for one in documents)
    entity = record_of(documents[0], artifact.ref.short)
    values = {n.localpart: v for n, v in entity.attributes if n.namespace.prefix == "custom"}
    assert values == {local(key): literal(value) for key, value in custom.items()}
    assert len(list(documents[0].get_records(ProvActivity))) == 1
