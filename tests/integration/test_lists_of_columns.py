"""A list, whose nodes come as columns, says of each what validation makes of its properties."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from graphstore import Artifact, Proto, Store
from graphstore.errors import InvalidArgument
from graphstore.storage import rows

VALUES: dict[str, Any] = {
    "nan": float("nan"),
    "infinite": float("-inf"),
    "zero": -0.0,
    "least": -(2**63),
    "most": 2**63 - 1,
    "empty": "",
    "text": "ж\u0000\U0001f600",
    "yes": True,
    "struct": {"a": [1, None, {"b": 0.5}]},
    "list": [],
    "proto": Proto("type.googleapis.com/x", b"\x00\xff"),
}
BY_HAND = [
    "n.custom_day = date('2026-01-02')",
    "n.custom_at = datetime('2026-01-02T03:04:05Z')",
    "n.custom_for = duration('P1D')",
    "n.custom_where = point({x: 1, y: 2})",
    "n.custom_many = [1, 2]",
    "n.custom_broken = ['no json']",
    "n.state = 'NONSENSE'",
    "n.state = 7",
    "n.uri = 7",
    "n.name = true",
    "n.external_id = ['x']",
    "n.type_id = 'x'",
    "n.create_time = 1.5",
    "n.create_time = 9223372036854775807",
    "n.create_time = date('2026-01-02')",
    "n.last_update_time = null",
    "n.create_time = null",
    "n.type_version = 3",
    "n.later = 'a field of a later version'",
    "n._later = 'a field of a later version'",
]


def state_of(node: Any) -> tuple[Any, ...]:
    """All that a model says, with the Python types of its values; of NaN its name."""
    return type(node), {name: (type(value), repr(value)) for name, value in node}


def validated(store: Store) -> dict[Any, tuple[Any, ...]]:
    """By id what validation makes of what Neo4j's driver reads."""
    records, _, _ = store.database.driver.execute_query("MATCH (n:Artifact) RETURN n {.*} AS n")
    nodes = [rows._read(record["n"], Artifact) for record in records]
    return {node.id: state_of(node) for node in nodes}


def test_values_of_every_kind_and_what_was_written_by_hand_are_listed_as_they_are_read(
    store: Store, artifact: Any
) -> None:
    artifact(custom_properties=VALUES)
    for name, value in VALUES.items():
        artifact(custom_properties={name: value})
    for change in BY_HAND:
        store.database.driver.execute_query(
            f"MATCH (n:Artifact {{id: $id}}) SET {change}", id=artifact(uri="s3://x").id
        )
    expected = validated(store)
    assert len(expected) == 1 + len(VALUES) + len(BY_HAND)
    page = store.artifacts.list(limit=None)
    assert {one.id: state_of(one) for one in page} == expected
    picked = store.artifacts.list(limit=None)
    each = [picked[number] for number in range(len(picked))]
    assert [state_of(one) for one in each] == [expected[one.id] for one in each]
    assert all(one is other for one, other in zip(each, picked.items, strict=True))
    some = list(store.artifacts.iterate(page_size=3))
    assert [state_of(one) for one in some] == [*map(expected.get, sorted(expected))]


@pytest.mark.parametrize("limit", [None, 1, 2])
def test_a_page_is_a_tuple_of_frozen_nodes(store: Store, artifact: Any, limit: int | None) -> None:
    two = (artifact(), artifact())[:limit]
    page = store.artifacts.list(limit=limit)
    assert len(page) == len(two)
    assert page[0] is page[0]
    with pytest.raises(InvalidArgument):
        page[0].name = "other"  # type: ignore[misc]
    assert isinstance(page.items, tuple)
    assert page.items == two
    assert page.items + two == two + two
    assert page.items[0] is page[0]
    assert pickle.loads(pickle.dumps(page)) == page
