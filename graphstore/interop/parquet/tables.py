"""The tables: which columns they have, and what stands in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphstore.database import Row
from graphstore.database.spelling import from_key
from graphstore.model.nodes import NodeRef
from graphstore.model.types import Kind
from graphstore.model.values import PropertyKind, Proto
from graphstore.storage.rows import decode_path, from_native, type_from_row

if TYPE_CHECKING:
    import pyarrow

__all__ = [
    "EDGES", "NODES", "OWNERS", "edge_rows", "node_rows", "property_rows", "schemas", "type_rows",
]  # fmt: skip

NODES: Mapping[Kind, str] = {
    "execution": "executions",
    "artifact": "artifacts",
    "context": "contexts",
}
"""The table of each kind of nodes, in the order in which they are written: what an edge leads to is
read after it, and so is there."""
OWNERS: Mapping[str, Kind] = {
    "events": "execution",
    "associations": "execution",
    "attributions": "artifact",
    "parents": "context",
}
"""The tables of edges, and with whose nodes they are written."""
EDGES: Mapping[str, tuple[Kind, Kind]] = {
    "events": ("artifact", "execution"),
    "associations": ("execution", "context"),
    "attributions": ("artifact", "context"),
    "parents": ("context", "context"),
}
"""The kinds of the ends of edges, as they stand in a row."""


def schemas() -> dict[str, pyarrow.Schema]:
    """The schema of each table; ids are int64, times are milliseconds in UTC."""
    import pyarrow as pa

    text, number, time = pa.string(), pa.int64(), pa.timestamp("ms", tz="UTC")
    word = pa.dictionary(pa.int32(), text)
    recorded = [("recorded_at", time), ("recorded_by", word)]
    node = [
        *[("node", text), ("id", number), ("type", word), ("type_version", word), ("name", text)],
        *[("external_id", text), ("create_time", time), ("last_update_time", time)],
        *[("source", word), ("source_id", text), *recorded, ("changed_at", time)],
        *[("deleted_at", time), ("deleted_by", word), ("deleted_because", text)],
    ]
    ran = [("start_time", time), ("end_time", time)]
    edge = [("src", text), ("dst", text)]
    return {
        "artifacts": pa.schema([*node, ("state", word), ("uri", text), ("digest", text)]),
        "executions": pa.schema([*node, ("state", word), *ran, ("fingerprint", text)]),
        "contexts": pa.schema([*node, *ran]),
        "properties": pa.schema(
            [
                *[("node", text), ("name", word), ("is_custom", pa.bool_()), ("kind", word)],
                *[("int_value", number), ("double_value", pa.float64()), ("string_value", text)],
                *[("boolean_value", pa.bool_()), ("proto_value", pa.binary())],
            ]
        ),
        "events": pa.schema(
            [
                *[*edge, ("artifact_id", number), ("execution_id", number), ("type", word)],
                *[("role", word), ("path", pa.list_(text)), ("ordinal", number), ("time", time)],
                *recorded,
            ]
        ),
        "associations": pa.schema(
            [*edge, ("execution_id", number), ("context_id", number), *recorded]
        ),
        "attributions": pa.schema(
            [*edge, ("artifact_id", number), ("context_id", number), *recorded]
        ),
        "parents": pa.schema([*edge, ("context_id", number), ("parent_id", number), *recorded]),
        "types": pa.schema(
            [
                *[("id", number), ("kind", word), ("name", text), ("version", text)],
                *[("description", text), ("base_type", word), ("properties", text)],
            ]
        ),
    }


def node_rows(kind: Kind, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """The rows of nodes for their table, from their properties in Neo4j."""
    for row in rows:
        source_id = row.get("source_id")
        yield {
            **{key: row.get(key) for key in _FIELDS},
            **{key: _millis(row.get(key)) for key in _TIMES},
            "node": NodeRef(kind, row["id"]).short,
            "source_id": None if source_id is None else str(source_id),
            "recorded_at": _millis(row.get("_recorded") or row.get("create_time")),
            "recorded_by": row.get("_by"),
            "changed_at": _millis(row.get("_since")),
            "deleted_at": _millis(row.get("_deleted")),
            "deleted_by": row.get("_deleted_by"),
            "deleted_because": row.get("_deleted_why"),
        }


_FIELDS = (
    "id", "type", "type_version", "name", "external_id", "state", "uri", "digest", "fingerprint",
    "source",
)  # fmt: skip
_TIMES = ("create_time", "last_update_time", "start_time", "end_time")


def property_rows(kind: Kind, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """A row a property, its value in the column of its kind: a STRUCT is JSON in `string_value`, of
    a PROTO its type stands there."""
    for row in rows:
        node = NodeRef(kind, row["id"]).short
        for key, native in row.items():
            if (name := from_key(key)) is None:
                continue
            said = {"node": node, "name": name[0], "is_custom": name[1]}
            value = from_native(native)
            if isinstance(value, bool):
                yield {**said, "kind": PropertyKind.BOOLEAN.value, "boolean_value": value}
            elif isinstance(value, int):
                yield {**said, "kind": PropertyKind.INT.value, "int_value": value}
            elif isinstance(value, float):
                yield {**said, "kind": PropertyKind.DOUBLE.value, "double_value": value}
            elif isinstance(value, str):
                yield {**said, "kind": PropertyKind.STRING.value, "string_value": value}
            elif isinstance(value, Proto):
                kind_ = PropertyKind.PROTO.value
                type_url, data = value.type_url, value.data
                yield {**said, "kind": kind_, "string_value": type_url, "proto_value": data}
            else:  # what somebody wrote by hand, a date say, as text
                text = json.dumps(value, ensure_ascii=False, default=str)
                yield {**said, "kind": PropertyKind.STRUCT.value, "string_value": text}


def edge_rows(table: str, rows: Iterable[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """The rows of edges for their table. `src` and `dst` are the ends as the edge leads in the
    graph: an event the way the data flows."""
    one, other = EDGES[table]
    names = (f"{one}_id", "parent_id" if one == other else f"{other}_id")
    for first, second, *rest, recorded_at, recorded_by in rows:
        ends = NodeRef(one, first).short, NodeRef(other, second).short
        row = {names[0]: first, names[1]: second}
        if table == "events":
            type_, path, ordinal, time = rest
            if type_.endswith("OUTPUT"):
                ends = ends[1], ends[0]
            role = ".".join(step for step in decode_path(path) if isinstance(step, str)) or None
            row.update(type=type_, role=role, path=path, ordinal=ordinal, time=_millis(time))
        times = {"recorded_at": _millis(recorded_at), "recorded_by": recorded_by}
        yield {"src": ends[0], "dst": ends[1], **row, **times}


def type_rows(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """The rows of types; their properties are JSON: kinds by name."""
    for row in rows:
        type_ = type_from_row(row)
        base = getattr(type_, "base_type", None)
        yield {
            "id": type_.id,
            "kind": type_.kind,
            "name": type_.name,
            "version": type_.version or None,
            "description": type_.description or None,
            "base_type": getattr(base, "value", base),
            "properties": json.dumps(
                {name: kind.value for name, kind in type_.properties.items()}, ensure_ascii=False
            ),
        }


def _millis(value: Any) -> int | None:
    """A time; null for what somebody wrote by hand in the place of one."""
    return value if type(value) is int else None
