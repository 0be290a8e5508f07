"""Neo4j's values in JSON's types, and back, exactly: a number stays what it is, and so does a time.

Texts, whole numbers of 64 bits, true, false and lists are JSON's own. A number with a point or an
exponent is a float. All else is an object with one key, which no value of Neo4j's is:

===================================  ===============================================================
``{"float": "NaN"}``                 NaN; ``Infinity`` and ``-Infinity``
``{"datetime": "2026-11-30T..."}``   ISO 8601 with nine digits of the second and the offset; a named
                                     zone follows in brackets: ``+01:00[Europe/Berlin]``
``{"localdatetime": ...}``           the same without an offset
``{"date": ...}``                    ISO 8601
``{"time": ...}``                    ISO 8601 with an offset
``{"localtime": ...}``               the same without
``{"duration": [m, d, s, ns]}``      months, days, seconds and nanoseconds
``{"point": [srid, x, y]}``          and ``z``, if it has three dimensions
``{"bytes": ...}``                   base64
===================================  ===============================================================
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from math import inf, isfinite, nan
from typing import Any

import pytz
from neo4j.spatial import CartesianPoint, Point, WGS84Point
from neo4j.time import Date, DateTime, Duration, Time

from graphstore.errors import InvalidArgument, brief

__all__ = ["epoch_millis", "from_json", "properties_from_json", "properties_to_json", "to_json"]

_PLAIN = frozenset([str, int, bool])
_FLOATS = {"NaN": nan, "Infinity": inf, "-Infinity": -inf}
_POINTS = {4326: WGS84Point, 4979: WGS84Point, 7203: CartesianPoint, 9157: CartesianPoint}


def properties_to_json(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of a node or of a relationship in JSON's types.

    Raises:
        InvalidArgument: If a value is of a kind that there is no word for here.
    """
    return {
        key: value if value.__class__ in _PLAIN else _keyed_to_json(key, value)
        for key, value in properties.items()
    }


def properties_from_json(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What `properties_to_json` made of them.

    Raises:
        InvalidArgument: If a value is none of its words.
    """
    return {
        key: value if value.__class__ in _PLAIN else from_json(value)
        for key, value in properties.items()
    }


def _keyed_to_json(key: str, value: Any) -> Any:
    try:
        return to_json(value)
    except InvalidArgument as error:
        raise InvalidArgument(f"property {brief(key, 200)}: {error}") from None


def to_json(value: Any) -> Any:
    """A value as the driver gives it, in JSON's types."""
    kind = value.__class__
    if kind in _PLAIN:
        return value
    if kind is float:
        return value if isfinite(value) else {"float": _spelled_float(value)}
    if kind is list:
        return value if _is_plain(value) else [to_json(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": b64encode(value).decode()}
    if isinstance(value, DateTime):
        if value.tzinfo is pytz.UTC:  # as nearly all are: the driver's own way is slow
            hour, minute, second, nanosecond = value.hour_minute_second_nanosecond
            time = f"{hour:02}:{minute:02}:{second:02}.{nanosecond:09}+00:00"
            return {"datetime": f"{_day(value.toordinal())}T{time}"}
        name = "localdatetime" if value.tzinfo is None else "datetime"
        zone = getattr(value.tzinfo, "zone", None)
        is_named = zone is not None and zone != "UTC"
        return {name: value.iso_format() + (f"[{zone}]" if is_named else "")}
    if isinstance(value, Date):
        return {"date": value.iso_format()}
    if isinstance(value, Time):
        return {"localtime" if value.tzinfo is None else "time": value.iso_format()}
    if isinstance(value, Duration):
        return {"duration": [value.months, value.days, value.seconds, value.nanoseconds]}
    if isinstance(value, Point):
        return {"point": [value.srid, *map(to_json, value)]}
    raise InvalidArgument(f"an archive has no word for a {kind.__name__}, {brief(value)}")


@lru_cache(maxsize=1024)
def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def _is_plain(values: list[Any]) -> bool:
    kinds = set(map(type, values))
    return kinds <= _PLAIN or (kinds == {float} and all(map(isfinite, values)))


def _spelled_float(value: float) -> str:
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def from_json(value: Any) -> Any:
    """A value as the driver takes it, from JSON's types.

    Raises:
        InvalidArgument: If it is none that `to_json` makes.
    """
    kind = value.__class__
    if kind is dict and len(value) == 1:
        ((name, text),) = value.items()
        if name in _WORDS:
            try:
                return _WORDS[name](text)
            except (ValueError, TypeError, AttributeError, LookupError) as error:
                raise InvalidArgument(f"{brief(value)} is no {name}: {error}") from error
    elif kind is list:
        return value if dict not in set(map(type, value)) else [from_json(item) for item in value]
    elif kind in _PLAIN or kind is float:
        return value
    raise InvalidArgument(f"{brief(value)} is no value of a property")


def epoch_millis(value: Any) -> int:
    """A time as milliseconds since the Unix epoch; 0 for what is none."""
    if isinstance(value, DateTime) and value.tzinfo is not None:
        value = value.to_native()
    if isinstance(value, datetime) and value.tzinfo is not None:
        return (value - _EPOCH) // _MILLISECOND
    return value if type(value) is int else 0


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)


@lru_cache(maxsize=8192)  # what was recorded together has one time
def _datetime(text: str) -> datetime | DateTime:
    if text.endswith("000+00:00"):
        return datetime.fromisoformat(text[:-9] + "+00:00")  # which the driver sends sooner
    text, bracket, zone = text.partition("[")
    time = DateTime.from_iso_format(text)
    return time.astimezone(pytz.timezone(zone[:-1])) if bracket else time


def _local(text: str) -> DateTime:
    time = DateTime.from_iso_format(text)
    if time.tzinfo is not None:
        raise ValueError("it has an offset")
    return time


def _point(numbers: list[Any]) -> Point:
    srid, *coordinates = numbers
    return _POINTS[srid](tuple(float(from_json(one)) for one in coordinates))


_WORDS: Mapping[str, Callable[[Any], Any]] = {
    "float": _FLOATS.__getitem__,
    "datetime": _datetime,
    "localdatetime": _local,
    "date": Date.from_iso_format,
    "time": Time.from_iso_format,
    "localtime": Time.from_iso_format,
    "duration": lambda parts: Duration(
        months=parts[0], days=parts[1], seconds=parts[2], nanoseconds=parts[3]
    ),
    "point": _point,
    "bytes": lambda text: b64decode(text, validate=True),
}
