"""Which columns ML Metadata's tables have, by the version of their schema.

A server tells who may not read a table nothing of it, as if it were not there: so it is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphstore.errors import UnsupportedFile

__all__ = ["SCHEMAS", "check_schema", "columns_of"]

SCHEMAS = range(4, 11)

_TIMES = {"create_time_since_epoch": 5, "last_update_time_since_epoch": 5}
_VALUES = {
    "name": 4,
    "is_custom_property": 4,
    "int_value": 4,
    "double_value": 4,
    "string_value": 4,
    "proto_value": 10,
    "bool_value": 10,
}
_SINCE: Mapping[str, Mapping[str, int]] = {
    "Type": {
        "id": 4,
        "name": 4,
        "version": 6,
        "type_kind": 4,
        "description": 6,
        "input_type": 4,
        "output_type": 4,
        "external_id": 9,
    },
    "TypeProperty": {"type_id": 4, "name": 4, "data_type": 4},
    "ParentType": {"type_id": 6, "parent_type_id": 6},
    "Artifact": {
        **{"id": 4, "type_id": 4, "uri": 4, "state": 5, "name": 5, "external_id": 9},
        **_TIMES,
    },
    "Execution": {
        **{"id": 4, "type_id": 4, "last_known_state": 5, "name": 5, "external_id": 9},
        **_TIMES,
    },
    "Context": {"id": 4, "type_id": 4, "name": 4, "external_id": 9, **_TIMES},
    "ArtifactProperty": {"artifact_id": 4, **_VALUES},
    "ExecutionProperty": {"execution_id": 4, **_VALUES},
    "ContextProperty": {"context_id": 4, **_VALUES},
    "Event": {
        **{"id": 4, "artifact_id": 4, "execution_id": 4, "type": 4},
        "milliseconds_since_epoch": 4,
    },
    "EventPath": {"event_id": 4, "is_index_step": 4, "step_index": 4, "step_key": 4},
    "Association": {"id": 4, "context_id": 4, "execution_id": 4},
    "Attribution": {"id": 4, "context_id": 4, "artifact_id": 4},
    "ParentContext": {"context_id": 6, "parent_context_id": 6},
}
"""The version of the schema that each column came with, of those that are read."""


def columns_of(version: int) -> dict[str, list[str]]:
    """The columns of each table that a schema has."""
    tables = {
        table: [column for column, since in columns.items() if since <= version]
        for table, columns in _SINCE.items()
    }
    return {table: columns for table, columns in tables.items() if columns}


def check_schema(place: str, versions: Sequence[Any]) -> int:
    """The version of a schema, which the one row of MLMDEnv says.

    Args:
        place: Where it is, for the message.
        versions: What the rows say.

    Raises:
        UnsupportedFile: If it is none that is read.
    """
    version = versions[0] if len(versions) == 1 else -1
    if version not in SCHEMAS:
        raise UnsupportedFile(
            f"{place} has ML Metadata's schema {version}; this reads {SCHEMAS[0]} to {SCHEMAS[-1]}"
        )
    return int(version)
