"""Values of Neo4j's in JSON's types, and back."""

import json
import math

import pytest
import pytz
from neo4j.spatial import CartesianPoint, WGS84Point
from neo4j.time import Date, DateTime, Duration, Time

from graphstore.database.literals import from_json, to_json
from graphstore.errors import InvalidArgument

VALUES = [
    *(0, -1, 2**63 - 1, -(2**63), 1.0, -0.0, 1e22, 5e-324, True, "", "é", [], [1], [1.5, 2.0]),
    *(["a"], [True, False], b"\0\xff"),
    DateTime(2026, 1, 2, 3, 4, 5, 678000000, tzinfo=pytz.UTC),
    DateTime(1, 1, 1, tzinfo=pytz.UTC),
    DateTime(9999, 12, 31, 23, 59, 59, 999999999, tzinfo=pytz.UTC),
    DateTime(2026, 1, 2, 3, 4, 5, 678000123, tzinfo=pytz.FixedOffset(90)),
    DateTime(2026, 1, 2, 3, 4, 5, 1),
    pytz.timezone("Europe/Berlin").localize(DateTime(2026, 7, 2, 3, 4, 5, 1)),
    *(Date(1, 2, 3), Time(1, 2, 3, 4), Time(1, 2, 3, 4, tzinfo=pytz.FixedOffset(-90))),
    Duration(months=14, days=-3, seconds=5, nanoseconds=6),
    Duration(seconds=-1, nanoseconds=-5),
    *(WGS84Point((1.0, 2.0)), CartesianPoint((1.0, 2.0, math.inf))),
    [Date(1, 2, 3), Date(4, 5, 6)],
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(value):
    text = json.dumps(to_json(value), allow_nan=False)
    again = from_json(json.loads(text))
    assert again == value
    if not isinstance(value, DateTime):  # Python's will do, to the microsecond
        assert type(again) is type(value)
    assert str(again) == str(value) or isinstance(value, DateTime)
    assert getattr(again, "srid", None) == getattr(value, "srid", None)


def test_what_is_no_number_is_spelled():
    assert to_json([math.nan, math.inf, -math.inf]) == [
        {"float": "NaN"},
        {"float": "Infinity"},
        {"float": "-Infinity"},
    ]
    assert math.isnan(from_json({"float": "NaN"}))


def test_a_time_is_spelled_as_the_documentation_says():
    time = DateTime(2026, 3, 1, 12, 30, 15, 123000000, tzinfo=pytz.UTC)
    assert to_json(time) == {"datetime": "2026-03-01T12:30:15.123000000+00:00"}
    berlin = pytz.timezone("Europe/Berlin").localize(DateTime(2026, 3, 1, 12))
    assert to_json(berlin)["datetime"].endswith("+01:00[Europe/Berlin]")


@pytest.mark.parametrize(
    "value",
    [
        *(None, {}, {"odd": 1}, {"float": "1"}, {"datetime": "soon"}, {"datetime": 5}),
        *({"datetime": "2026-01-01T00:00:00[Nowhere/Else]"}, {"point": [1, 2.0, 3.0]}),
        *({"bytes": "?"}, {"duration": [1]}, [{"odd": 1}], {"date": "x", "time": "y"}),
    ],
    ids=str,
)
def test_what_is_none_of_its_words_is_refused(value):
    with pytest.raises(InvalidArgument):
        from_json(value)


def test_what_it_has_no_word_for_is_refused():
    with pytest.raises(InvalidArgument, match="no word for a set"):
        to_json({1})
