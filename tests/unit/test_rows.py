"""How the graph spells the models, and that nothing is lost on the way."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore.database.spelling import FIELDS, from_key, to_key
from graphstore.errors import InvalidArgument
from graphstore.model.values import Proto
from graphstore.storage.rows import (
    decode_path,
    encode_path,
    from_native,
    same_value,
    to_native,
    to_time,
)

NAMES = st.one_of(
    st.sampled_from(sorted(FIELDS)),
    st.sampled_from(["", "custom_", "custom_x", "_", "__x", "_name", "custom__name"]),
    st.text(),
    st.builds(str.__add__, st.sampled_from(["_", "custom_", "_custom_"]), st.text()),
)


@given(NAMES, st.booleans())
def test_a_property_is_found_again_by_its_key(name, custom):
    key = to_key(name, custom=custom)
    assert key not in FIELDS
    assert from_key(key) == (name, custom)


@given(st.sets(st.tuples(NAMES, st.booleans())))
def test_no_two_properties_share_a_key(properties):
    assert len({to_key(name, custom=custom) for name, custom in properties}) == len(properties)


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_field_is_no_property(field):
    assert from_key(field) is None


def test_ordinary_names_are_keys_as_they_are():
    assert to_key("accuracy", custom=False) == "accuracy"
    assert to_key("note", custom=True) == "custom_note"
    assert to_key("name", custom=False) == "_name"


STEPS = st.one_of(st.integers(), st.text(), st.sampled_from(["[0]", "\\[0]", "\\\\[-12]", "[]"]))


@given(st.lists(STEPS).map(tuple))
def test_a_path_comes_back_step_for_step(path):
    assert decode_path(encode_path(path)) == path


def test_a_path_is_readable_in_cypher():
    assert encode_path(("examples", 0)) == ["examples", "[0]"]


@pytest.mark.parametrize(
    "value", [{"a": 1.0}, [], [1, "x"], {}, Proto("t", b""), Proto("", b"\0"), "['x']", "", 0, True]
)
def test_a_value_comes_back_from_neo4j(value):
    answer = from_native(to_native(value))
    assert answer == value
    assert type(answer) is type(value)


def test_what_others_wrote_is_read_as_it_is():
    assert from_native(["no", "base64!"]) == ["no", "base64!"]
    assert from_native([1, 2]) == [1, 2]
    assert from_native(["{not json"]) == ["{not json"]


def test_equal_values_of_other_types_differ():
    assert same_value(float("nan"), float("nan"))
    assert not same_value(1, 1.0)
    assert not same_value(1, True)


def test_times_are_kept_in_utc_and_milliseconds():
    cet = timezone(timedelta(hours=1))
    assert to_time("t", datetime(2026, 1, 1, 0, 30, 0, 123_999, cet)) == datetime(
        2025, 12, 31, 23, 30, 0, 123_000, timezone.utc
    )
    with pytest.raises(InvalidArgument, match="no time zone"):
        to_time("start_time", datetime(2026, 1, 1))
