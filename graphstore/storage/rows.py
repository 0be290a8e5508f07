"""What a node of the graph looks like in Neo4j, and how it becomes a model and back.

A node's properties are native, one key each, so that plain Cypher reads and filters them:

===========================  ==========================================================
in the model                 on the node
===========================  ==========================================================
a field, e.g. ``uri``        ``uri``
a declared property ``k``    ``k``; ``_k`` if ``k`` is a field's name, or begins with
                             ``custom_`` or ``_``
a custom property ``k``      ``custom_k``
an artifact's ``place``      ``_place``, if it is not the ``uri``
===========================  ==========================================================

Beside them an artifact has ``_contents``: what it holds and where (`storage.contents`), and every
node what the store notes about it (`database.spelling.BESIDE`).

Reading takes the prefix off again, so that any names come back as they went in. INT, DOUBLE,
STRING and BOOLEAN are native values. The other two kinds are lists, which no native value of ours
is, so that no text can be mistaken for one: STRUCT is ``[JSON]``, PROTO ``[type_url, base64]``.
Times are datetimes in UTC, in milliseconds.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from graphstore.database.spelling import (
    BESIDE,
    CONTENTS,
    DELETED,
    DELETED_BY,
    DELETED_WHY,
    FIELDS,
    PLACE,
    from_key,
    to_key,
)
from graphstore.errors import InvalidArgument, InvalidProperty
from graphstore.model.base import Model, copy_with
from graphstore.model.edges import Event, PathStep
from graphstore.model.nodes import (
    Artifact,
    ArtifactState,
    Context,
    Deletion,
    Execution,
    ExecutionState,
    Node,
    mention,
)
from graphstore.model.times import KnownAt
from graphstore.model.types import (
    ArtifactType,
    BaseType,
    ContextType,
    ExecutionType,
    Kind,
    Type,
    check_custom_properties,
    check_name,
    check_properties,
)
from graphstore.model.values import PropertyKind, Proto, Value, dump_struct, load_struct
from graphstore.storage.contents import place_and_contents

__all__ = [
    "ABSENT",
    "EPOCH",
    "ERROR_KEYS",
    "MODELS",
    "TYPES",
    "as_known",
    "changes",
    "decode_path",
    "deletion_from_row",
    "encode_path",
    "event_from_row",
    "node_from_row",
    "node_reader",
    "node_to_row",
    "path_order",
    "same_value",
    "to_millis",
    "to_time",
    "type_from_row",
    "type_to_row",
]

ABSENT = [False]
"""Stands in a `Revision` for a value that was not there; no property is that."""
PAST = "_past"
"""What a query calls the revisions of a node that are to be taken back."""

N = TypeVar("N", Artifact, Execution, Context)
M = TypeVar("M", bound=Model)

MODELS: Mapping[Kind, type[Node]] = {
    "artifact": Artifact,
    "execution": Execution,
    "context": Context,
}
TYPES: Mapping[Kind, type[Type]] = {
    "artifact": ArtifactType,
    "execution": ExecutionType,
    "context": ContextType,
}

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
"""Stands on a node for a time that nobody knows (so does ML Metadata's 0): what is there can be
ordered and indexed."""

ERROR_KEYS = ("error_type", "error_message", "error_traceback")
"""What a run or a step that failed says of its error."""

_IDENTITY = frozenset(["id", "type", "type_id", "type_version", "name", "external_id"])
_SURELY_INDEXED = 1_000
"""So many ASCII characters fit into an index."""
_PLAIN = frozenset([bool, int, float, str])
_TIMES = frozenset(key for key in FIELDS if key.endswith("_time"))


def to_native(value: Value) -> Any:
    """A property's value as Neo4j holds it."""
    if isinstance(value, (dict, list)):
        return [dump_struct(value)]
    if isinstance(value, Proto):
        return [value.type_url, b64encode(value.data).decode()]
    return value


def from_native(value: Any) -> Any:
    """A property's value from what Neo4j holds; what graphstore would not have written as is."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        try:
            if len(value) == 1:
                return load_struct(value[0])
            if len(value) == 2:
                return Proto(value[0], b64decode(value[1], validate=True))
        except ValueError:
            pass
    return _time(value) if hasattr(value, "to_native") else value


def same_value(one: Any, other: Any) -> bool:
    """Whether two native values are the same, bit for bit: 1 is not 1.0, and NaN is NaN."""
    return type(one) is type(other) and (one == other or (one != one and other != other))


def to_time(what: str, time: datetime) -> datetime:
    """A time as the store keeps it: in UTC, in whole milliseconds.

    Raises:
        InvalidArgument: If it says no time zone.
    """
    if time.tzinfo is None or time.utcoffset() is None:
        raise InvalidArgument(
            f"{what}: {time.isoformat()} says no time zone; pass an aware datetime, e.g."
            " datetime.now(timezone.utc)"
        )
    time = time.astimezone(timezone.utc)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def to_moment(what: str, time: datetime | date) -> datetime:
    """The same; a day is its end (UTC).

    Raises:
        InvalidArgument: If it is no time, or one that says no time zone.
    """
    if isinstance(time, datetime):
        return to_time(what, time)
    if not isinstance(time, date):
        raise InvalidArgument(f"{what} must be an aware datetime, or a day, found {time!r}")
    day = datetime(time.year, time.month, time.day, tzinfo=timezone.utc)
    return day + timedelta(days=1, milliseconds=-1)  # in one: the last day has none after it


def known_at(as_of: KnownAt) -> datetime:
    """The time that `as_of` says, as the store keeps it; of a seal the last that is in it.

    Raises:
        InvalidArgument: If it says none, or no time zone.
    """
    until = getattr(as_of, "until", None)
    if isinstance(until, datetime):
        return to_time("as_of", until) - _MILLISECOND
    if not isinstance(as_of, datetime):
        raise InvalidArgument(f"as_of must be an aware datetime, or a seal, found {as_of!r}")
    return to_time("as_of", as_of)


def to_millis(what: str, time: datetime) -> int:
    """The same as milliseconds since the epoch."""
    return (to_time(what, time) - _EPOCH) // _MILLISECOND


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)


def _time(value: Any) -> Any:
    """The driver's datetime, or milliseconds since the epoch, as Python's; the epoch is no time,
    and what is none stays as it is.

    Queries with large answers give milliseconds: the driver's datetimes cost more to read than all
    else about a node.
    """
    if not value or isinstance(value, list):
        return None
    if type(value) is int:
        try:
            return millis(value)
        except OverflowError:
            return None  # written by hand: no year of ours
    time = value.to_native() if hasattr(value, "to_native") else value
    if not isinstance(time, datetime):
        return time
    time = time.astimezone(timezone.utc)
    return None if time == EPOCH else time


@lru_cache(maxsize=8192)  # what was published together has one time
def millis(value: int) -> datetime:
    """ML Metadata's milliseconds since the epoch as a datetime."""
    return EPOCH + timedelta(0, 0, 0, value)


def node_to_row(node: Node, type_: Type) -> dict[str, Any]:
    """A node's properties in Neo4j, checked; without the times that the store gives.

    Raises:
        InvalidArgument: If a field or a property is one that its type or the store does not take.
    """
    try:
        properties = check_properties(type_, node.properties)
        custom = check_custom_properties(type_, node.custom_properties)
    except InvalidProperty as error:
        raise error.within(mention(node)) from None
    row: dict[str, Any] = {
        to_key(name, custom=False): to_native(v) for name, v in properties.items()
    }
    row.update((to_key(name, custom=True), to_native(v)) for name, v in custom.items())
    row.update(id=node.id, type=type_.name, type_id=type_.id)
    fields = node.__dict__  # asking the model for what its kind has not is slow
    for field in ("name", "external_id", "uri", "digest", "fingerprint", "source"):
        if (text := fields.get(field)) is not None:
            if len(text) > _SURELY_INDEXED or not text.isascii():
                check_name(f"{field} of {node}", text)
            row[field] = text
    for field in ("start_time", "end_time"):
        if (time := fields.get(field)) is not None:
            row[field] = to_time(f"{field} of {node}", time)
    if isinstance(node, Artifact):
        row.update(place_and_contents(node))
    if type_.version:
        row["type_version"] = type_.version
    if node.source_id is not None:
        row["source_id"] = node.source_id
    if (state := fields.get("state")) is not None:
        row["state"] = state.value
    return row


def changes(row: Mapping[str, Any], state: object) -> dict[str, Any]:
    """What news of a stored run or step change of it, by key; None removes, as an empty fingerprint
    does.

    Args:
        row: That of the news, as `graphstore.storage.nodes.Nodes.row` makes it.
        state: How it stands from now on, if the news say so: then an error that was stored before
            is no longer true, unless they say it again.
    """
    values = {key: v for key, v in row["properties"].items() if key not in _IDENTITY}
    if values.get("fingerprint") == "":
        values["fingerprint"] = None
    return {**({} if state is None else dict.fromkeys(ERROR_KEYS)), **values}


def as_known(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of a node without what was changed later: what its revisions in ``_past``, if
    it has that, say that was there before. The last change is taken back first."""
    if PAST not in row:
        return row
    result = {key: value for key, value in row.items() if key != PAST}
    for revision in sorted(row[PAST], key=itemgetter("_until"), reverse=True):
        for key, value in revision.items():
            if value == ABSENT:
                result.pop(key, None)
            elif key not in ("_until", "_by"):
                result[key] = value
    return result


def node_from_row(row: Mapping[str, Any], model: type[N]) -> N:
    """The node whose properties in Neo4j are `row`."""
    node: N = node_reader(tuple(row), model)(row.values())
    return node


@lru_cache(maxsize=1024)  # nodes of a type mostly have the same keys
def node_reader(keys: tuple[str, ...], model: Any) -> Callable[[Iterable[Any]], Any]:
    """What makes a node of its properties in Neo4j: of values in the order of these keys."""
    return _Reader(keys, model).read


class _Reader:
    """Makes models of nodes that have the same keys.

    What is found out about the keys is found out once, and so is whether the model takes values of
    such Python types as they are. If it does, the node is put together; else it is validated.
    """

    def __init__(self, keys: tuple[str, ...], model: Any) -> None:
        self._keys, self._model = keys, model
        self._fields: list[tuple[str, int]] = []
        self._times: list[str] = []
        self._properties: list[tuple[str, int]] = []
        self._custom: list[tuple[str, int]] = []
        for place, key in enumerate(keys):
            name = from_key(key)
            if name is not None:
                (self._custom if name[1] else self._properties).append((name[0], place))
                continue
            field = "place" if key == PLACE else key
            if field in model.model_fields:
                self._fields.append((field, place))
                if key in _TIMES:
                    self._times.append(field)
        self._unset = {name: field.default for name, field in model.model_fields.items()}
        self._set = {"properties", "custom_properties", *(name for name, _ in self._fields)}
        required = {name for name, field in model.model_fields.items() if field.is_required()}
        # What is to be taken back, and what was deleted, is for `_read`.
        self._plain = required <= self._set and not {PAST, DELETED} & {*keys}
        self._states = _STATES.get(model.kind, {})
        self._taken: dict[tuple[type, ...], bool] = {}

    def read(self, values: Iterable[Any]) -> Any:
        """The node that has these values."""
        values = tuple(values)
        types = tuple(map(type, values))
        taken = self._taken.get(types)
        if taken is None:
            taken = self._takes(types)
            if len(self._taken) < _MOST_TYPES:
                self._taken[types] = taken
        if not taken:
            return _read(dict(zip(self._keys, values, strict=True)), self._model)
        fields = self._unset.copy()
        for name, place in self._fields:
            fields[name] = values[place]
        try:
            for name in self._times:
                fields[name] = millis(fields[name]) if fields[name] else None
        except OverflowError:  # written by hand: no year of ours
            return _read(dict(zip(self._keys, values, strict=True)), self._model)
        if (state := fields.get("state")) is not None:
            fields["state"] = self._states.get(state, state)
        fields["properties"] = {name: values[place] for name, place in self._properties}
        fields["custom_properties"] = {name: values[place] for name, place in self._custom}
        node = self._model.__new__(self._model)
        _set(node, "__dict__", fields)
        _set(node, "__pydantic_fields_set__", self._set.copy())
        _set(node, "__pydantic_extra__", None)
        _set(node, "__pydantic_private__", None)
        return node

    def _takes(self, types: tuple[type, ...]) -> bool:
        """Whether the model has values of such types as they are.

        Of the right type all are: what breaks a rule beside is read as somebody wrote it
        (`_model`).
        """
        return (
            self._plain
            and all(types[place] in _TYPES_OF.get(name, _TEXT) for name, place in self._fields)
            and all(types[place] in _PLAIN for _, place in (*self._properties, *self._custom))
        )


_set = object.__setattr__  # models are frozen
_MOST_TYPES = 256
_TEXT = frozenset([str])
_NUMBER = frozenset([int])
_TYPES_OF: Mapping[str, frozenset[type]] = {
    "id": _NUMBER,
    "type_id": _NUMBER,
    "source_id": _NUMBER | _TEXT,
    **dict.fromkeys(_TIMES, _NUMBER),
}
"""The Python types of the fields that are no texts."""
_STATES: Mapping[str, Mapping[str, Any]] = {
    "artifact": {state.value: state for state in ArtifactState},
    "execution": {state.value: state for state in ExecutionState},
}


def _read(row: Mapping[str, Any], model: type[N]) -> N:
    """The node whose properties in Neo4j are `row`, whatever these are."""
    if PAST in row:
        row = as_known(row)
    properties: dict[str, Any] = {}
    custom_properties: dict[str, Any] = {}
    fields: dict[str, Any] = {"properties": properties, "custom_properties": custom_properties}
    for key, value in row.items():
        name = from_key(key)
        if name is None:
            if key not in BESIDE:
                fields[key] = _time(value) if key in _TIMES else value
        else:
            native = value if type(value) in _PLAIN else from_native(value)
            (custom_properties if name[1] else properties)[name[0]] = native
    if PLACE in fields:
        fields["place"] = fields.pop(PLACE)
    fields.pop(CONTENTS, None)
    if DELETED in row:
        fields["deletion"] = deletion_from_row(row)
        if model is Context:
            fields["name"] = ""  # it has none any more, and the model takes none that is empty
            return model.model_construct(**fields)
    return _model(model, fields)


def deletion_from_row(row: Mapping[str, Any]) -> Deletion | None:
    """The deletion of a node whose properties in Neo4j are `row`, if it was deleted."""
    if (time := _time(row.get(DELETED))) is None:
        return None
    return Deletion(time=time, by=row.get(DELETED_BY), reason=row.get(DELETED_WHY))


def type_to_row(type_: Type) -> dict[str, Any]:
    """A type's properties in Neo4j.

    Raises:
        InvalidArgument: If its name, version or external id is too long to be indexed.
    """
    for field in ("name", "version", "external_id"):
        check_name(f"{field} of {type_.kind} type {type_}", getattr(type_, field))
    row = {
        "id": type_.id,
        "name": type_.name,
        "version": type_.version or "",
        "property_names": list(type_.properties),
        "property_kinds": [kind.value for kind in type_.properties.values()],
        "description": type_.description,
        "external_id": type_.external_id,
        "base_type": type_.base_type.value if type_.base_type else None,
        "input_type": getattr(type_, "input_type", None),
        "output_type": getattr(type_, "output_type", None),
    }
    return {key: value for key, value in row.items() if value is not None}


def type_from_row(row: Mapping[str, Any]) -> Type:
    """The type whose properties in Neo4j are `row`."""
    row = as_known(row)
    model = TYPES[row["kind"]]
    kinds = map(PropertyKind, row["property_kinds"])
    fields: dict[str, Any] = {name: row.get(name) for name in model.model_fields}
    fields.update(
        properties=dict(zip(row["property_names"], kinds, strict=True)),
        version=row["version"] or None,
        base_type=BaseType(row["base_type"]) if "base_type" in row else None,
        create_time=_time(row.get("create_time")),
    )
    return model.model_construct(**fields)


_INDEX = re.compile(r"\[-?\d+\]")
_LIKE_INDEX = re.compile(r"\\*" + _INDEX.pattern)


def encode_path(path: Iterable[PathStep]) -> list[str]:
    r"""An event's path as Neo4j holds it: a key as it is, the index 3 as ``[3]``.

    A key that looks like an index gets a backslash in front.
    """
    steps = []
    for step in path:
        if isinstance(step, str):
            steps.append("\\" + step if _LIKE_INDEX.fullmatch(step) else step)
        else:
            steps.append(f"[{step}]")
    return steps


def decode_path(steps: Iterable[str]) -> tuple[PathStep, ...]:
    """What `encode_path` made `steps` of."""
    return _decode_steps(tuple(steps))


@lru_cache(maxsize=8192)  # a store has few roles, and as many events as it has
def _decode_steps(steps: tuple[str, ...]) -> tuple[PathStep, ...]:
    path: list[PathStep] = []
    for step in steps:
        if _INDEX.fullmatch(step):
            path.append(int(step[1:-1]))
        else:
            path.append(step[1:] if _LIKE_INDEX.fullmatch(step) else step)
    return tuple(path)


def path_order(path: Iterable[PathStep]) -> list[tuple[bool, PathStep]]:
    """What to sort paths by: indexes by number, keys by name."""
    return [(isinstance(step, str), step) for step in path]


def event_from_row(
    artifact_id: int, execution_id: int, type_: str, path: Sequence[str] | None, time: Any
) -> Event:
    """The event that a relationship stands for."""
    return _model(
        Event,
        {
            "artifact_id": artifact_id,
            "execution_id": execution_id,
            "type": type_,
            "path": decode_path(path or ()),
            "time": _time(time),
        },
    )


def _model(model: type[M], fields: dict[str, Any]) -> M:
    """A model of what the store holds.

    Validation is quicker than doing without it: it is pydantic's compiled part. What somebody
    wrote by hand, and the model does not take, is read as it is.
    """
    try:
        # What model_validate calls, at half of the price for so small a model.
        instance: M = model.__pydantic_validator__.validate_python(fields)
        return instance
    except ValidationError as error:
        odd = {str(detail["loc"][0]) for detail in error.errors()}
    model_fields = {name: value for name, value in fields.items() if name in model.model_fields}
    try:
        rest = {name: value for name, value in model_fields.items() if name not in odd}
        instance = model.__pydantic_validator__.validate_python(rest)
        return copy_with(instance, **{name: model_fields[name] for name in odd & {*model_fields}})
    except ValidationError:  # it lacks what every node has
        return cast(M, model.model_construct(**model_fields))
