"""Resolving, as far as it needs no server: windows, and what becomes of what was asked."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore.errors import InvalidArgument
from graphstore.model.nodes import ArtifactState, Context, NodeRef
from graphstore.questions.resolve import Resolve, windows


@pytest.mark.parametrize(
    ("items", "options", "expected"),
    [
        ("", {}, []),
        ("a", {}, ["a"]),
        ("a", {"size": 2}, []),
        ("abcd", {}, ["a", "b", "c", "d"]),
        ("abcd", {"size": 2}, ["ab", "bc", "cd"]),
        ("abcd", {"size": 3}, ["abc", "bcd"]),
        ("abcd", {"size": 4}, ["abcd"]),
        ("abcd", {"size": 5}, []),
        ("abcd", {"size": 2, "stride": 2}, ["ab", "cd"]),
        ("abcd", {"size": 2, "stride": 3}, ["ab"]),
        ("abc", {"size": 2, "stride": 2}, ["ab"]),
    ],
)
def test_windows_are_those_of_tfx(items, options, expected):
    assert windows(items, **options) == [list(window) for window in expected]


@given(st.lists(st.integers(), max_size=30), st.integers(1, 12), st.integers(1, 12))
def test_every_window_is_full_and_none_is_missing(items, size, stride):
    answer = windows(items, size=size, stride=stride)
    assert all(len(window) == size for window in answer)
    for number, window in enumerate(answer):
        assert window == items[number * stride :][:size]
    assert len(items) - len(answer) * stride < size


@pytest.mark.parametrize("wrong", [0, -1, 1.0, True, "1", None])
def test_windows_have_a_size_and_a_stride(wrong):
    for options in ({"size": wrong}, {"stride": wrong}):
        with pytest.raises(InvalidArgument, match="whole number, 1 or more"):
            windows([1], **options)


class Seam:
    """A database that answers every query with one artifact, and remembers what it was asked."""

    def rows(self, query, **parameters):
        self.query, self.parameters = query, parameters
        artifact = {"id": 1, "type": "Model"}
        return [{"artifact": artifact, "value": 1, "span": 0, "approvals": [artifact]}]


@pytest.fixture
def seam():
    return Seam()


@pytest.fixture
def resolve(seam):
    return Resolve(seam, types=None)


def test_nothing_is_asked_for_that_nobody_asked_for(seam, resolve):
    (model,) = resolve.latest("Model")
    assert (model.id, model.type) == (1, "Model")
    assert seam.query.name == "resolve.latest"
    parameters = {
        name: seam.parameters[name] for name in seam.parameters if name in seam.query.parameters
    }
    assert parameters == {
        "type": "Model",
        "states": ["LIVE"],
        "produced": False,
        "on": datetime(9999, 12, 31, tzinfo=timezone.utc),
        "limit": 1,
    }
    resolve.latest("Model", states=None)
    assert "states" not in seam.parameters
    resolve.latest_blessed(states=None)
    assert "evidence_states" not in seam.parameters


def test_what_is_asked_for_becomes_parameters(seam, resolve):
    context = Context(type="Pipeline", name="p", id=7)
    resolve.latest(
        "Model",
        limit=3,
        type_version="2",
        context=[context, NodeRef("context", 8), 9, 7],
        producer="Trainer",
        states=[ArtifactState.DELETED, "LIVE"],
        properties={"type": 1, "struct": [1]},
        on=datetime(2026, 1, 1, 9, 0, 0, 1999, tzinfo=timezone(timedelta(hours=9))),
    )
    assert seam.parameters == {
        "type": "Model",
        "type_version": "2",
        "context_ids": [7, 8, 9],
        "producer": "Trainer",
        "produced": True,
        "states": ["DELETED", "LIVE"],
        "evidence_states": ("LIVE", "MARKED_FOR_DELETION", "DELETED"),
        "either_values": [
            {"keys": ["_type", "custom_type"], "value": 1},
            {"keys": ["struct", "custom_struct"], "value": ["[1]"]},
        ],
        "on": datetime(2026, 1, 1, 0, 0, 0, 1000, tzinfo=timezone.utc),
        "limit": 3,
    }


@pytest.mark.parametrize(
    ("roles", "expected", "alone"),
    [
        (None, ["model", "model_export"], True),
        ("candidate", ["candidate"], False),
        (["a", "[0]"], ["a", "\\[0]"], False),
        ((), [], False),
    ],
)
def test_roles_are_as_events_have_them(seam, resolve, roles, expected, alone):
    for ask in (
        lambda: resolve.latest_blessed(roles=roles),
        lambda: resolve.latest_pushed(roles=roles),
    ):
        ask()
        assert (seam.parameters["roles"], seam.parameters["alone"]) == (expected, alone)


def test_hops_are_counted_from_the_artifact(seam, resolve):
    for hops, bound in ((2, "{0,1}"), (4, "{0,3}"), (50, "{0,49}"), (2**40, "{0,2147483645}")):
        resolve.latest_blessed(max_hops=hops)
        assert bound in seam.query.text


def test_numbers_beyond_what_a_query_takes_are_as_many_as_there_are(seam, resolve):
    resolve.latest("Model", limit=2**70)
    assert seam.parameters["limit"] == 2**31 - 2
    resolve.latest_spans("Model", limit=None, skip_last_n=2**70)
    assert seam.parameters["limit"] == seam.parameters["skip"] == 2**31 - 2
