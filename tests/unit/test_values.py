"""What a property may hold."""

import enum
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore.errors import InvalidArgument
from graphstore.model.values import (
    MANY,
    PropertyKind,
    Proto,
    bound,
    check_value,
    dump_struct,
    load_struct,
    whole_number,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
)


class Scalar:
    """What NumPy's scalars look like."""

    shape = ()

    def __init__(self, value):
        self.value = value

    def item(self):
        return self.value


class Colour(str, enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (0.1, 0.1),
        ("é\n`'\"😀", "é\n`'\"😀"),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
        ([1, 2.5], [1, 2.5]),
        ((1, (2,)), [1, [2]]),
        (Scalar(3), 3),
        ({"a": Scalar(0.5)}, {"a": 0.5}),
        (Colour.RED, "red"),
        (Proto("type.googleapis.com/x", b"\0\xff"), Proto("type.googleapis.com/x", b"\0\xff")),
    ],
)
def test_a_value_is_kept_as_the_plainest_one_that_is_equal(value, expected):
    answer = check_value(value)
    assert answer == expected
    assert type(answer) is type(expected)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (True, PropertyKind.INT, "INT"),
        (1.0, PropertyKind.INT, "INT"),
        (2**63, PropertyKind.INT, "64 bits"),
        (True, PropertyKind.DOUBLE, "DOUBLE"),
        ("1", PropertyKind.DOUBLE, "DOUBLE"),
        (2**53 + 1, PropertyKind.DOUBLE, "no exact double"),
        (10**400, PropertyKind.DOUBLE, "no exact double"),
        (1, PropertyKind.BOOLEAN, "BOOLEAN"),
        (b"bytes", PropertyKind.STRING, "STRING"),
        ("\ud800", PropertyKind.STRING, "UTF-8"),
        ({1: 2}, PropertyKind.STRUCT, "keys are strings"),
        ({"a": {1, 2}}, PropertyKind.STRUCT, "JSON's types"),
        ({"a": "\udfff"}, PropertyKind.STRUCT, "UTF-8"),
        (b"bytes", None, "one of INT"),
        (object(), None, "one of INT"),
        (Proto("x", "text"), None, "PROTO"),
    ],
)
def test_what_cannot_be_kept_says_what_was_expected(value, kind, expected):
    with pytest.raises(ValueError, match=expected):
        check_value(value, kind)


def test_an_int_becomes_the_double_that_is_declared():
    assert check_value(3, PropertyKind.DOUBLE) == 3.0
    assert isinstance(check_value(3, PropertyKind.DOUBLE), float)


def test_a_struct_that_contains_itself_is_refused():
    loop = {}
    loop["loop"] = loop
    with pytest.raises(ValueError, match="cycles"):
        check_value(loop)


@given(JSON.filter(lambda value: isinstance(value, (dict, list))))
def test_a_struct_comes_back_from_its_text(value):
    def same(one, other):
        if isinstance(one, float) and math.isnan(one):
            return isinstance(other, float) and math.isnan(other)
        if isinstance(one, dict):
            return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
        if isinstance(one, list):
            return len(one) == len(other) and all(map(same, one, other))
        return type(one) is type(other) and one == other

    assert same(load_struct(dump_struct(check_value(value))), value)


def test_what_counts_is_a_whole_number_within_bounds():
    assert whole_number("limit", 1) == 1
    assert whole_number("skip", 0, least=0) == 0
    for wrong in (0, -1, True, 1.0, "1", None):
        with pytest.raises(InvalidArgument, match="must be a whole number, 1 or more, not"):
            whole_number("limit", wrong)
    with pytest.raises(InvalidArgument, match="1 to 5, not 6"):
        whole_number("limit", 6, most=5)
    assert bound("limit", 2**70) == MANY
