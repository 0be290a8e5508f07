"""Files of ML Metadata's with one damage each: any column may hold any value."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.mlmd_files import TABLES, history, write

VALUES: dict[str, Any] = {
    "nothing": None,
    "text": "many",
    "empty text": "",
    "long text": "x" * 9_000,
    "NUL": "a\0b",
    "bytes": b"\xff\x00\xfe",
    "infinity": float("inf"),
    "fraction": 1.5,
    "zero": 0,
    "negative": -1,
    "large": 2**62,
}
COLUMNS = [
    (table, column) for table, columns in TABLES.items() if table != "MLMDEnv" for column in columns
]


def sound(path: Path, name: str) -> Path:
    """A small history with a row in every table, whose types have names that begin with `name`."""
    rows = history(2)
    for row in rows["Type"]:
        row["name"] = name + row["name"]
    for table in ("Artifact", "Execution", "Context"):
        rows.setdefault(f"{table}Property", []).extend(
            {f"{table.lower()}_id": 1, "name": key, "is_custom_property": 1, column: value}
            for key, column, value in (
                ("number", "int_value", 3),
                ("text", "string_value", "three"),
                ("flag", "bool_value", 1),
            )
        )
    rows["ParentType"] = [{"type_id": 1, "parent_type_id": 1}]
    rows["ParentContext"] = [{"context_id": 1, "parent_context_id": 2}]
    return write(path, rows)


def damaged_files(
    folder: Path, table: str, column: str, *, values: tuple[str, ...] = tuple(VALUES)
) -> Iterator[tuple[str, Path]]:
    """Files in which this column has each of the values, in its first row and then in all."""
    for value in values:
        for rows in ("one row", "all rows"):
            name = f"{table}.{column} {value} {rows}".replace(" ", "-")
            path = sound(folder / f"{name}.sqlite", name)
            with closing(sqlite3.connect(path)) as file, file:
                where = " WHERE rowid = 1" if rows == "one row" else ""
                file.execute(f"UPDATE {table} SET {column} = ?{where}", [VALUES[value]])
            yield name, path
            path.unlink()
