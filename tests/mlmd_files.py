"""Makes files such as ML Metadata's SQLite backend writes, in any of its schemas."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# The tables of schema 10, and the schema that each column came with; ML Metadata's own statements
# are in metadata_source_query_config.cc.
TABLES: dict[str, dict[str, int]] = {
    "MLMDEnv": {"schema_version": 1},
    "Type": {
        "id": 4,
        "name": 4,
        "version": 7,
        "type_kind": 4,
        "description": 7,
        "input_type": 4,
        "output_type": 4,
        "external_id": 10,
    },
    "TypeProperty": {"type_id": 4, "name": 4, "data_type": 4},
    "ParentType": {"type_id": 6, "parent_type_id": 6},
    "Artifact": {
        "id": 4,
        "type_id": 4,
        "uri": 4,
        "state": 5,
        "name": 5,
        "external_id": 10,
        "create_time_since_epoch": 5,
        "last_update_time_since_epoch": 5,
    },
    "Execution": {
        "id": 4,
        "type_id": 4,
        "last_known_state": 5,
        "name": 5,
        "external_id": 10,
        "create_time_since_epoch": 5,
        "last_update_time_since_epoch": 5,
    },
    "Context": {
        "id": 4,
        "type_id": 4,
        "name": 4,
        "external_id": 10,
        "create_time_since_epoch": 5,
        "last_update_time_since_epoch": 5,
    },
    **{
        f"{node}Property": {
            f"{node.lower()}_id": 4,
            "name": 4,
            "is_custom_property": 4,
            "int_value": 4,
            "double_value": 4,
            "string_value": 4,
            "proto_value": 10,
            "bool_value": 10,
        }
        for node in ("Artifact", "Execution", "Context")
    },
    "Event": {
        "id": 4,
        "artifact_id": 4,
        "execution_id": 4,
        "type": 4,
        "milliseconds_since_epoch": 4,
    },
    "EventPath": {"event_id": 4, "is_index_step": 4, "step_index": 4, "step_key": 4},
    "Association": {"id": 4, "context_id": 4, "execution_id": 4},
    "Attribution": {"id": 4, "context_id": 4, "artifact_id": 4},
    "ParentContext": {"context_id": 6, "parent_context_id": 6},
}


def write(path: Path, rows: Mapping[str, Sequence[Mapping[str, Any]]], schema: int = 10) -> Path:
    """Write a file with these rows; it may be there already, with others."""
    connection = sqlite3.connect(path)
    for table, columns in TABLES.items():
        there = [name for name, since in columns.items() if since <= schema]
        if there:
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(there)})")
        for row in rows.get(table, ()):
            names = [name for name in row if name in there]
            connection.execute(
                f"INSERT INTO {table} ({', '.join(names)})"
                f" VALUES ({', '.join('?' for _ in names)})",
                [row[name] for name in names],
            )
    if not connection.execute("SELECT * FROM MLMDEnv").fetchall():
        connection.execute("INSERT INTO MLMDEnv VALUES (?)", [schema])
    connection.commit()
    connection.close()
    return path


def history(runs: int = 1, *, began: int = 1_700_000_000_000) -> dict[str, list[dict[str, Any]]]:
    """The rows of a small history: each run reads the last one's model and makes another."""
    times = {"create_time_since_epoch": began, "last_update_time_since_epoch": began}
    rows: dict[str, list[dict[str, Any]]] = {
        "Type": [
            {"id": 1, "name": "Model", "type_kind": 1},
            {"id": 2, "name": "Trainer", "type_kind": 0},
            {"id": 3, "name": "run", "type_kind": 2},
        ],
        "TypeProperty": [{"type_id": 1, "name": "accuracy", "data_type": 2}],
        "Artifact": [{"id": 1, "type_id": 1, "uri": "m0", "state": 2, **times}],
        "ArtifactProperty": [],
        "Execution": [],
        "Context": [],
        "Event": [],
        "EventPath": [],
        "Association": [],
        "Attribution": [],
    }
    for run in range(1, runs + 1):
        model = {"id": run + 1, "type_id": 1, "uri": f"m{run}", "state": 2, **times}
        rows["Artifact"].append(model)
        rows["ArtifactProperty"].append(
            {
                "artifact_id": run + 1,
                "name": "accuracy",
                "is_custom_property": 0,
                "double_value": run / 10,
            }
        )
        rows["Execution"].append({"id": run, "type_id": 2, "last_known_state": 3, **times})
        rows["Context"].append({"id": run, "type_id": 3, "name": f"run-{run}", **times})
        for number, (artifact, type_) in enumerate(((run, 3), (run + 1, 4)), 2 * run - 1):
            rows["Event"].append(
                {
                    "id": number,
                    "artifact_id": artifact,
                    "execution_id": run,
                    "type": type_,
                    "milliseconds_since_epoch": began + number,
                }
            )
            rows["EventPath"] += [
                {"event_id": number, "is_index_step": 0, "step_key": "model"},
                {"event_id": number, "is_index_step": 1, "step_index": 0},
            ]
        rows["Association"].append({"id": run, "context_id": run, "execution_id": run})
        rows["Attribution"].append({"id": run, "context_id": run, "artifact_id": run + 1})
    return rows
