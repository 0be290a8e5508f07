"""Nodes are put together without validation only where that comes to the same."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import copy, deepcopy
from dataclasses import asdict, astuple, replace
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.storage import rows
from graphstore.storage.columns import Listed
from graphstore.storage.lists import Page

ROW: dict[str, Any] = {"id": 7, "type": "Model", "type_id": 3, "name": "m"}
ROW |= {"create_time": 1_700_000_000_123, "last_update_time": 1_700_000_000_124}
KEYS = [*ROW, "uri", "state", "type_version", "external_id", "source", "source_id", "digest"]
KEYS += ["fingerprint", "start_time", "end_time", "_place", "_contents", "_by", "_recorded"]
KEYS += ["span", "_span", "_name", "custom_note", "custom_span", "_erased"]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.sampled_from(["", "x", "LIVE", "COMPLETE", "7", "2026-01-01T00:00:00Z"]),
    st.sampled_from([["[1]"], ["type", "AQ=="], ["no json"], [1, 2], []]),
)


def state_of(node: Any) -> tuple[Any, ...]:
    """All that a model is, with the Python types of its values; of NaN its name."""
    fields = {name: (type(value), repr(value)) for name, value in node.__dict__.items()}
    return type(node), fields, list(fields), node.__pydantic_fields_set__


def same(row: dict[str, Any], model: Any) -> None:
    """Whether a row is read as it is by validation, the first time and the next."""
    expected = state_of(rows._read(row, model))
    assert state_of(rows.node_from_row(row, model)) == expected
    assert state_of(rows.node_from_row(dict(row), model)) == expected


@pytest.mark.parametrize("model", [Artifact, Execution, Context])
@given(changes=st.dictionaries(st.sampled_from(KEYS), VALUES), gone=st.sets(st.sampled_from(KEYS)))
def test_a_node_is_what_validation_makes_of_it(
    model: Any, changes: dict[str, Any], gone: set[str]
) -> None:
    """Whatever somebody wrote by hand."""
    same({key: value for key, value in {**ROW, **changes}.items() if key not in gone}, model)


@pytest.mark.parametrize("model", [Artifact, Execution, Context])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"create_time": 0},
        {"create_time": 2**62},
        {"state": "LIVE", "uri": "s3://x", "_place": "file:/x", "_contents": "y"},
        {"state": "COMPLETE", "start_time": 5, "end_time": 6, "fingerprint": "f"},
        {"state": "NONSENSE"},
        {"id": True},
        {"source": "s", "source_id": "9"},
        {"custom_note": ["[1]"], "span": 1.5, "_name": "n"},
        {"name": ""},
        {"_deleted": 1_800_000_000_000, "_deleted_by": "ann"},
        {"_past": [{"_until": 5, "name": "before", "span": [False]}], "span": 1},
    ],
)
def test_so_is_one_of_each_form(model: Any, changes: dict[str, Any]) -> None:
    """Of those that the store writes, and some that it does not."""
    same({**ROW, **changes}, model)


def test_what_one_node_is_changed_to_no_other_becomes() -> None:
    """Nodes that are put together share nothing that can change."""
    row = {**ROW, "span": 1}
    one, other = rows.node_from_row(row, Artifact), rows.node_from_row(row, Artifact)
    one.properties["span"] = 2
    one.custom_properties["x"] = 1
    one.__pydantic_fields_set__.add("uri")
    assert other.properties == {"span": 1}
    assert other.custom_properties == {}
    assert "uri" not in other.__pydantic_fields_set__


def listed() -> tuple[Listed[Artifact], tuple[Artifact, ...]]:
    """Five nodes in two rows of an answer and with two sets of keys, and the same as models."""

    def table(at: list[int], ids: list[int], **more: Any) -> list[Any]:
        row = {**ROW, **more}
        columns = [ids if key == "id" else [value] * len(ids) for key, value in row.items()]
        return [at, list(row), columns]

    answer = [[table([0, 2], [5, 3]), table([1], [4], span=1)], [table([1, 0], [1, 2], uri="u")]]
    rows_: list[dict[str, Any]] = [
        {"id": 5},
        {"id": 4, "span": 1},
        {"id": 3},
        {"id": 2, "uri": "u"},
    ]
    rows_.append({"id": 1, "uri": "u"})
    models = tuple(rows.node_from_row({**ROW, **row}, Artifact) for row in rows_)
    return Listed.of(Artifact, answer), models


def test_what_keeps_columns_is_a_sequence_of_nodes() -> None:
    """In the order of the answer; who touches one twice has the same."""
    nodes, models = listed()
    assert [nodes[number] for number in range(-5, 5)] == [*models, *models]
    assert nodes[1:4] == models[1:4]
    assert nodes[::-2] == models[::-2]
    with pytest.raises(IndexError):
        nodes[5]
    assert nodes[2] is nodes[2]
    assert nodes.whole()[2] is nodes[2]
    assert [*nodes] == [*models]
    assert nodes.first(2).whole() == models[:2]


def page() -> tuple[Page[Artifact], Page[Artifact]]:
    """A page of columns, and the same of models."""
    nodes, models = listed()
    return Page.of(nodes, "next"), Page(models, "next")


def test_a_page_of_columns_is_a_sequence_like_one_of_models() -> None:
    """Whether it is counted, picked from or gone through, and its items are a tuple."""
    columns, models = page()
    assert len(columns) == 5
    assert columns[-1] == models[-1]
    assert columns[1:3] == models[1:3]
    assert columns[::-2] == models[::-2]
    touched = columns[2]
    assert columns[2] is touched
    assert columns.items[2] is touched
    assert columns[2] is touched
    assert type(columns.items) is tuple
    assert columns.items is columns.items
    assert columns.items == models.items
    assert [*columns] == [*models]
    assert models[0] in columns


@pytest.mark.parametrize(
    "use",
    [
        repr,
        attrgetter("items"),
        astuple,
        asdict,
        copy,
        deepcopy,
        lambda one: [*reversed(one)],
        lambda one: one == page()[1],
        lambda one: page()[1] == one,
        lambda one: one.index(one[3]),
        lambda one: replace(one, next_page=None),
        lambda one: pickle.loads(pickle.dumps(one)),
        lambda one: json.dumps(one.to_dict()),
        lambda one: one.to_csv(),
        lambda one: one._repr_html_(),
        lambda one: TypeAdapter(type(one)).dump_python(one),
        lambda one: TypeAdapter(type(one)).dump_json(one),
        lambda one: matched(one),
    ],
)
def test_nobody_sees_that_a_page_has_columns(use: Callable[[Page[Artifact]], Any]) -> None:
    """Of the same nodes the same answer, whatever of it is used first."""
    columns, models = page()
    assert use(columns) == use(models)
    assert use(columns) == use(models)


def matched(one: Page[Artifact]) -> Any:
    """What a pattern finds in it."""
    match one:
        case Page((first, *_), next_):
            return first, next_


def test_threads_that_go_through_a_page_have_the_same_nodes() -> None:
    """Whoever is first makes them."""
    for _ in range(50):
        columns, _ = page()
        with ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(lambda: columns.items) for _ in range(4)]  # noqa: B023
        assert len({id(answer.result()) for answer in answers}) == 1


def test_an_empty_page_of_columns_is_empty() -> None:
    """And says so."""
    nothing: Page[Artifact] = Page.of(Listed.of(Artifact, []), None)
    assert not nothing
    assert nothing.items == ()
    assert len(nothing) == 0
