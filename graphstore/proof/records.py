"""Records: what seals are over, and what is left of each in a leaf.

A record is JSON (RFC 8785). Of a *state*: which node, of which kind and labels, since when, by
whom, and all that it said. Of an *edge*: its type, its ends, when it was recorded, and its
properties. Of a *deletion*: which node, when, by whom, why, and all that stays of it. Of a
*retraction*: which event was taken back, when and by whom; the event stays a record of its own.

Not in it is `last_update_time`, which an update that changes nothing moves without a trace, and
`_since`, which follows from the last state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b, sha256
from typing import Any

from graphstore.database import Row
from graphstore.database.literals import epoch_millis
from graphstore.database.spelling import (
    BY,
    DELETED,
    DELETED_BY,
    DELETED_WHY,
    ERASED,
    RECORDED,
    RETRACTED,
    RETRACTION,
    SINCE,
)
from graphstore.proof.canonical import in_order, text
from graphstore.storage.rows import ABSENT, millis

__all__ = [
    "MARK",
    "SALT",
    "Record",
    "deletion",
    "edge",
    "edge_key",
    "ends_of",
    "first_state",
    "last_state",
    "later_states",
    "leaf_of",
    "marks_of",
    "name_of",
    "retraction",
    "retraction_key",
    "short",
    "since_of",
    "state_key",
]

SALT, MARK = 16, 2
"""Bytes of the salt of a leaf, and of the mark of a field."""

_MOVING = frozenset(["last_update_time", SINCE])
_UNTIL = "_until"
_SHORT = {"artifact": "a", "execution": "e", "context": "c"}
_PROPERTY = "properties."
_OF_A_NODE = _MOVING | {BY}
_OF_A_DELETION = _MOVING | {DELETED, DELETED_BY, DELETED_WHY}


@dataclass(frozen=True, slots=True)
class Record:
    """Something that was recorded."""

    key: str
    """What tells it apart from all others; one line."""
    time: Any
    """When it was recorded, as the driver has it."""
    fields: Sequence[tuple[str, str]]
    """The name of each field of the record and its value as JSON, in order; a property is
    ``properties.…`` and the key that it has in Neo4j."""
    retracted: str = ""
    """Of an event that was taken back when that was, and by whom."""

    @property
    def json(self) -> str:
        """All of it, as RFC 8785 has it: the fields' names are in its order, and those of the
        properties are together."""
        before, own, after = list[str](), list[str](), list[str]()
        for name, value in self.fields:
            if name.startswith(_PROPERTY):
                own.append(f"{text(name[len(_PROPERTY) :])}:{value}")
            else:
                (after if own or name > "properties" else before).append(f'"{name}":{value}')
        return "{" + ",".join([*before, f'"properties":{{{",".join(own)}}}', *after]) + "}"


def leaf_of(json: bytes, salt: bytes) -> bytes:
    """The digest of the leaf of a record."""
    return sha256(b"\x00" + salt + json).digest()


def marks_of(record: Record, salt: bytes) -> bytes:
    """Two bytes a field, by which verification says which one was altered. They prove nothing, and
    without the salt tell nothing."""
    return b"".join(
        [blake2b(value.encode(), key=salt, digest_size=MARK).digest() for _, value in record.fields]
    )


def state_key(kind: str, id_: int, since: datetime | Any) -> str:
    """The key of a state that began at a time."""
    return f"state {kind} {id_} {epoch_millis(since)}"


def edge_key(type_: str, start: tuple[str, int], end: tuple[str, int], path: Any) -> str:
    """The key of an edge."""
    where = f" {text(path)}" if path else ""
    return f"edge {type_} {start[0]} {start[1]} {end[0]} {end[1]}{where}"


def retraction_key(
    type_: str, start: tuple[str, int], end: tuple[str, int], time: Any, path: Any
) -> str:
    """The key of that an event of this type was taken back at a time."""
    where = f" {text(path)}" if path else ""
    at = epoch_millis(time)
    return f"retraction {type_} {start[0]} {start[1]} {end[0]} {end[1]} {at}{where}"


def ends_of(key: str) -> list[tuple[str, int]]:
    """The nodes that a record is about, by its key."""
    words = key.split(" ", 6)
    try:
        if words[0] in ("edge", "retraction"):
            return [(words[2], int(words[3])), (words[4], int(words[5]))]
        return [(words[1], int(words[2]))]
    except (IndexError, ValueError):
        return []


def since_of(key: str) -> int:
    """When the state began that a key is of, in milliseconds since the epoch."""
    return int(key.rpartition(" ")[2])


def name_of(key: str) -> str:
    """What a record is called in reports, by its key."""
    words, ends = key.split(" ", 6), ends_of(key)
    if not ends:
        return f"a record {key!r}"
    if words[0] in ("edge", "retraction"):
        path, of = "".join(words[6:]), ""
        if words[0] == "retraction":
            path, of = path.partition(" ")[2], "the retraction of "
        return f"{of}{short(*ends[0])} {words[1]} {short(*ends[1])} {path}".rstrip()
    if words[0] == "state":
        return short(*ends[0])
    return f"the {words[0]} of {short(*ends[0])}"


def short(kind: str, id_: int) -> str:
    """A node in a word: ``a45``."""
    return f"{_SHORT[kind]}{id_}" if kind in _SHORT else f"{kind} {id_}"


def first_state(row: Row) -> Record:
    """What a node said when it was recorded.

    Args:
        row: Its ``kind``, ``labels``, ``properties``, and all its ``revisions``.
    """
    properties = row["properties"]
    for revision in _latest_first(row["revisions"]):
        properties = _before(properties, revision)
    return _state(row, properties, recorded_at(row["kind"], properties), properties.get(BY))


def later_states(row: Row) -> Iterator[Record]:
    """What a node said from some of its changes on, the last first.

    Args:
        row: Its ``kind``, ``labels``, ``properties``, and its ``revisions``, back to the first of
            these changes, each with whether it is one of them.
    """
    properties = row["properties"]
    asked = {id(revision): is_asked for revision, is_asked in row["revisions"]}
    for revision in _latest_first([revision for revision, _ in row["revisions"]]):
        if asked[id(revision)]:
            yield _state(row, properties, revision[_UNTIL], revision.get(BY))
        properties = _before(properties, revision)


def last_state(row: Row) -> Record:
    """What a node says, or that it was deleted.

    Args:
        row: Its ``kind``, ``labels``, ``properties``, and all its ``revisions``.
    """
    if DELETED in row["properties"]:
        return deletion(row)
    asked = {**row, "revisions": [(revision, True) for revision in row["revisions"]]}
    return next(later_states(asked), None) or first_state(row)


def recorded_at(kind: str, properties: Mapping[str, Any]) -> Any:
    """When a node was recorded."""
    time = properties.get(RECORDED) if kind != "type" else None
    return properties.get("create_time") if time is None else time


def _latest_first(revisions: Sequence[Row]) -> list[Row]:
    # What has another time was written by hand, and is told of as that.
    timed = [one for one in revisions if hasattr(one.get(_UNTIL), "to_native")]
    if len(timed) < 2:
        return timed
    return sorted(timed, key=lambda one: epoch_millis(one[_UNTIL]), reverse=True)


def _before(properties: Mapping[str, Any], revision: Row) -> Mapping[str, Any]:
    """The properties before a change."""
    result = {**properties, **revision}
    for key, value in revision.items():
        if value == ABSENT:
            del result[key]
    del result[_UNTIL]
    if BY in properties:
        result[BY] = properties[BY]
    else:
        result.pop(BY, None)
    return result


def _state(row: Row, properties: Mapping[str, Any], since: Any, by: Any) -> Record:
    kind = row["kind"]
    return Record(
        state_key(kind, properties["id"], since),
        since,
        [
            ("by", "null" if by is None else text(by)),
            ("id", text(properties["id"])),
            ("kind", f'"{kind}"'),
            ("labels", text(sorted(row["labels"]))),
            *_properties(properties, _OF_A_NODE),
            ("record", '"state"'),
            ("since", text(since)),
        ],
    )


def edge(
    type_: str,
    start: tuple[str, int],
    end: tuple[str, int],
    recorded: Any,
    properties: Mapping[str, Any],
) -> Record:
    """An edge; of an event that was taken back what it was before.

    Args:
        type_: Its type.
        start: Kind and id of the node that it begins at.
        end: Those of the one that it ends at.
        recorded: When it was recorded.
        properties: All that it says; by whom it was recorded, if it was by itself.
    """
    retracted = ""
    if type_.startswith(RETRACTED):
        type_, until = type_.removeprefix(RETRACTED), properties.get(RETRACTION[0])
        at = millis(epoch_millis(until)).isoformat(" ", "milliseconds").removesuffix("+00:00")
        retracted = f"{at} UTC by {properties.get(RETRACTION[1]) or 'nobody knows whom'}"
        properties = {key: properties[key] for key in properties if key not in RETRACTION}
    return Record(
        edge_key(type_, start, end, properties.get("path")),
        recorded,
        [
            ("from", f'["{start[0]}",{start[1]}]'),
            *_properties(properties, frozenset([RECORDED])),
            ("record", '"edge"'),
            ("recorded", text(recorded)),
            ("to", f'["{end[0]}",{end[1]}]'),
            ("type", text(type_)),
        ],
        retracted,
    )


def retraction(
    type_: str, start: tuple[str, int], end: tuple[str, int], properties: Mapping[str, Any]
) -> Record:
    """That an event was taken back.

    Args:
        type_: The type that it has now.
        start: Kind and id of the node that it begins at.
        end: Those of the one that it ends at.
        properties: All that it says.
    """
    time, by = (properties.get(key) for key in RETRACTION)
    type_, path = type_.removeprefix(RETRACTED), properties.get("path")
    of_it = {key: properties[key] for key in ("path", ERASED) if key in properties}
    return Record(
        retraction_key(type_, start, end, time, path),
        time,
        [
            ("by", "null" if by is None else text(by)),
            ("from", f'["{start[0]}",{start[1]}]'),
            *_properties(of_it, frozenset()),
            ("record", '"retraction"'),
            ("time", text(time)),
            ("to", f'["{end[0]}",{end[1]}]'),
            ("type", text(type_)),
        ],
    )


def deletion(row: Row) -> Record:
    """A deletion: of a node that stays as a tombstone, or of nodes that are gone."""
    properties = row["properties"]
    kind, time = row["kind"], properties[DELETED]
    by, why = properties.get(DELETED_BY), properties.get(DELETED_WHY)
    first = properties["id"] if "id" in properties else min(properties["ids"])
    return Record(
        f"{'deletion' if 'id' in properties else 'purge'} {kind} {first} {epoch_millis(time)}",
        time,
        [
            ("by", "null" if by is None else text(by)),
            ("kind", text(kind)),
            ("labels", text(sorted(row["labels"]))),
            *_properties(properties, _OF_A_DELETION),
            ("record", '"deletion"'),
            ("time", text(time)),
            ("why", "null" if why is None else text(why)),
        ],
    )


def _properties(
    properties: Mapping[str, Any], without: frozenset[str]
) -> Iterator[tuple[str, str]]:
    for key in in_order(properties):
        if key not in without and properties[key] is not None:
            yield _PROPERTY + key, text(properties[key])
