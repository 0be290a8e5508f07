"""ML Metadata's databases on servers: made and filled by ML Metadata itself, or row by row."""

from __future__ import annotations

import codecs
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from ml_metadata import MetadataStore
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as pb

from graphstore import Proto, Store
from tests.sql_servers import SqlServer

__all__ = [
    "TEXT",
    "as_mysql_keeps",
    "contents",
    "copied",
    "downgrade",
    "imported",
    "new_database",
    "opened",
    "write_history",
]

TEXT = "".join(
    [
        *map(chr, range(0xA0, 0x180)),  # all that two bytes may be taken for
        "\x7f\x81\x8d\x8f\x90\x9d",  # what cp1252 has no word for
        "日本語 Москва ελληνικά עברית 😀 e\u0301 %s 'quoted' \"twice\" ÿ Ã©",
    ]
)
"""Text of which no byte may be lost on the way."""
_numbers = count(1)
_LATIN1 = "".join(
    chr(byte) if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([byte]).decode("cp1252")
    for byte in range(256)
)


@contextmanager
def new_database(server: SqlServer, encoding: str | None = None) -> Iterator[str]:
    """The name of a new, empty database; it goes at the end.

    Args:
        server: Where.
        encoding: That of its texts; by default the servers' best.
    """
    name = f"metadb{next(_numbers)}"
    if server.kind == "mysql":
        server.run(None, f"CREATE DATABASE {name} CHARACTER SET {encoding or 'utf8mb4'}")
        drop = f"DROP DATABASE {name}"
    else:
        encoding = encoding or "UTF8"
        server.run(None, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'")
        drop = f"DROP DATABASE {name} WITH (FORCE)"
    try:
        yield name
    finally:
        server.run(None, drop)


def opened(server: SqlServer, name: str) -> MetadataStore:
    """ML Metadata on a database, whose tables it makes."""
    return MetadataStore(_config(server, name))


def downgrade(server: SqlServer, name: str, schema: int) -> None:
    """Make ML Metadata bring a database back to an older schema."""
    metadata_store.downgrade_schema(_config(server, name), schema)


def _config(server: SqlServer, name: str) -> pb.ConnectionConfig:
    if server.kind == "mysql":
        return pb.ConnectionConfig(
            mysql=pb.MySQLDatabaseConfig(
                host=server.host, port=server.port, database=name, user=server.user
            )
        )
    return pb.ConnectionConfig(
        postgresql=pb.PostgreSQLDatabaseConfig(
            host=server.host,
            port=str(server.port),
            dbname=name,
            user=server.user,
            password="none",
        )
    )


def write_history(store: MetadataStore, text: str = TEXT) -> None:
    """A history with a row in every table, and a value of every kind."""
    kinds = {"i": pb.INT, "d": pb.DOUBLE, "s": pb.STRING, "b": pb.BOOLEAN, "t": pb.STRUCT}
    kinds |= {"größe": pb.INT, "p": pb.PROTO}
    data = store.put_artifact_type(pb.ArtifactType(name="Datensätze", properties=kinds))
    model = store.put_artifact_type(
        pb.ArtifactType(
            name="Modell",
            version="1",
            description=text,
            external_id="type-é",
            base_type=pb.ArtifactType.MODEL,
        )
    )
    trainer = store.put_execution_type(
        pb.ExecutionType(name="Trainer", properties={"rate": pb.DOUBLE, "é": pb.STRING})
    )
    run = store.put_context_type(pb.ContextType(name="Lauf", properties={"n": pb.INT}))
    struct = Struct()
    struct.update({"a": ["é", 1.5, None, {"b": True}], "": text})
    packed = pb.Value()
    packed.proto_value.Pack(pb.Artifact(uri=text))
    values = {
        "i": pb.Value(int_value=-(2**31)),
        "größe": pb.Value(int_value=2**31 - 1),
        "d": pb.Value(double_value=-1e30),
        "s": pb.Value(string_value=text),
        "b": pb.Value(bool_value=False),
        "t": pb.Value(struct_value=struct),
        "p": packed,
    }
    custom = {"s": pb.Value(string_value=""), "yes": pb.Value(bool_value=True), **values}
    del custom["s"]
    examples = [
        pb.Artifact(
            type_id=data,
            uri=f"s3://daten/é/{number}",
            name=f"Daten é {number}",
            external_id=f"é-{number}",
            state=pb.Artifact.LIVE,
            properties=values,
            custom_properties=custom,
        )
        for number in range(3)
    ]
    ids = store.put_artifacts(examples)
    contexts = [
        pb.Context(
            type_id=run, name=name, external_id=f"ext {name}", properties=dict(n=values["i"])
        )
        for name in ("Läufe", "Lauf 日本")
    ]
    for number in range(3):
        steps = [
            pb.Event.Path.Step(key="zuletzt"),
            pb.Event.Path.Step(index=2),
            pb.Event.Path.Step(key="é"),
            pb.Event.Path.Step(index=0),
            pb.Event.Path.Step(key="anfang"),
        ]
        event = pb.Event(type=pb.Event.INPUT, path=pb.Event.Path(steps=steps[number:]))
        examples[number].id = ids[number]
        made = pb.Artifact(type_id=model, uri=f"s3://modell/{number}", state=pb.Artifact.PENDING)
        execution = pb.Execution(
            type_id=trainer,
            name=f"é {number}" if number else None,
            last_known_state=pb.Execution.COMPLETE,
            properties={"rate": pb.Value(double_value=0.125), "é": pb.Value(string_value=text)},
        )
        pairs = [[examples[number], event], [made, pb.Event(type=pb.Event.OUTPUT)]]
        store.put_execution(execution, pairs, contexts, reuse_context_if_already_exist=True)
    parent, child = store.get_contexts()
    store.put_parent_contexts([pb.ParentContext(parent_id=parent.id, child_id=child.id)])


# What is in ML Metadata, and what is in the store of it, said in the same way


def contents(store: MetadataStore) -> dict[str, Any]:
    """All that ML Metadata's own client reads."""
    nodes = {
        "artifact": store.get_artifacts(),
        "execution": store.get_executions(),
        "context": store.get_contexts(),
    }
    types = {
        "artifact": store.get_artifact_types(),
        "execution": store.get_execution_types(),
        "context": store.get_context_types(),
    }
    events = store.get_events_by_execution_ids([one.id for one in nodes["execution"]])
    return {
        "types": {
            (kind, one.name, one.version or None): (
                one.description or None,
                {name: pb.PropertyType.Name(number) for name, number in one.properties.items()},
            )
            for kind, some in types.items()
            for one in some
        },
        "nodes": {(kind, one.id): _node(kind, one) for kind, some in nodes.items() for one in some},
        "events": sorted(
            (
                one.execution_id,
                one.artifact_id,
                pb.Event.Type.Name(one.type),
                one.milliseconds_since_epoch,
                tuple(s.index if s.HasField("index") else s.key for s in one.path.steps),
            )
            for one in events
        ),
        "members": sorted(
            (kind, one.id, context.id)
            for context in nodes["context"]
            for kind, some in (
                ("artifact", store.get_artifacts_by_context(context.id)),
                ("execution", store.get_executions_by_context(context.id)),
            )
            for one in some
        ),
        "parents": sorted(
            (context.id, parent.id)
            for context in nodes["context"]
            for parent in store.get_parent_contexts_by_context(context.id)
        ),
    }


def _node(kind: str, one: Any) -> dict[str, Any]:
    state = None
    if kind == "artifact":
        state = pb.Artifact.State.Name(one.state)
    elif kind == "execution":
        state = pb.Execution.State.Name(one.last_known_state)
    return {
        "type": one.type,
        "name": one.name or None,
        "external_id": one.external_id or None,
        "uri": getattr(one, "uri", "") or None,
        "state": state,
        "times": (one.create_time_since_epoch, one.last_update_time_since_epoch),
        "properties": {name: _value(value) for name, value in one.properties.items()},
        "custom_properties": {name: _value(v) for name, v in one.custom_properties.items()},
    }


def _value(value: pb.Value) -> Any:
    kind = value.WhichOneof("value")
    if kind == "struct_value":
        return MessageToDict(value.struct_value)
    if kind == "proto_value":
        return Proto(value.proto_value.type_url, value.proto_value.value)
    return getattr(value, kind)


def imported(store: Store, source: str) -> dict[str, Any]:
    """What the store has of a source, as `contents` says it; nodes by their ids there."""
    kinds: dict[str, Any] = {
        "artifact": store.artifacts,
        "execution": store.executions,
        "context": store.contexts,
    }
    nodes = {
        kind: [one for one in some.list(limit=None).items if one.source == source]
        for kind, some in kinds.items()
    }
    ids = {(kind, one.id): one.source_id for kind, some in nodes.items() for one in some}
    events = store.events.of_executions([one.id for one in nodes["execution"]])
    members = [
        (kind, ids[kind, one.id], ids["context", context.id])
        for context in nodes["context"]
        for kind in ("artifact", "execution")
        for one in kinds[kind].list(context=context, limit=None).items
    ]
    parents = [
        (ids["context", child.id], ids["context", parent.id])
        for child in nodes["context"]
        for parent in store.contexts.parents(child)
    ]
    return {
        "types": {
            (one.kind, one.name, one.version): (
                one.description,
                {name: kind.value for name, kind in one.properties.items()},
            )
            for one in store.types.all()
            if not one.name.startswith("mlmd.")  # of which its client does not tell
        },
        "nodes": {
            (kind, one.source_id): {
                "type": one.type,
                "name": one.name,
                "external_id": one.external_id,
                "uri": getattr(one, "uri", None),
                "state": None if kind == "context" else one.state.value,
                "times": tuple(
                    round(time.timestamp() * 1000)
                    for time in (one.create_time, one.last_update_time)
                ),
                "properties": one.properties,
                "custom_properties": one.custom_properties,
            }
            for kind, some in nodes.items()
            for one in some
        },
        "events": sorted(
            (
                ids["execution", one.execution_id],
                ids["artifact", one.artifact_id],
                one.type.value,
                one.time and round(one.time.timestamp() * 1000),
                one.path,
            )
            for one in events
        ),
        "members": sorted(members),
        "parents": sorted(parents),
    }


# Rows that ML Metadata has written to a file, as it would have written them to a server


def copied(file: Path, server: SqlServer, name: str) -> None:
    """Copy all rows of a SQLite file to a database, whose tables ML Metadata makes."""
    opened(server, name)
    with closing(sqlite3.connect(file)) as source, closing(server.connect(name)) as target:
        cursor = target.cursor()
        tables = source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            if table.startswith("sqlite_"):
                continue
            answer = source.execute(f"SELECT * FROM {table} ORDER BY rowid")
            columns = [column for column, *_ in answer.description]
            rows = [
                [_as_written(server, *pair) for pair in zip(columns, row, strict=True)]
                for row in answer
            ]
            cursor.execute(f"DELETE FROM {table}")
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows
            )


def _as_written(server: SqlServer, column: str, cell: Any) -> Any:
    """A cell of SQLite as ML Metadata writes it to a server."""
    if server.kind == "mysql":
        if isinstance(cell, str):
            return as_mysql_keeps(cell)
        return cell
    if cell is not None and column in ("is_custom_property", "is_index_step", "bool_value"):
        return bool(cell)
    if cell is not None and column == "proto_value":
        return codecs.decode(cell if isinstance(cell, bytes) else cell.encode(), "base64")
    return cell


def as_mysql_keeps(text: str) -> str:
    """What everybody else reads in MySQL where ML Metadata has written a text."""
    return codecs.charmap_decode(text.encode(), "strict", _LATIN1)[0]
