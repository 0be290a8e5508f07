"""Neo4j's own import, which builds the files of an empty database while no server runs on it.

`neo4j-admin database import full` reads CSV files, so that a file of ML Metadata must become those
first. What graphstore's importer checks in the database - what is there already, whose name is
taken - has no meaning here: the database is made anew. Rows are converted by the importer's own
code.
"""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from time import perf_counter
from typing import Any

from graphstore import Store, local
from graphstore.interop.importing.history import Member, NodeRow, Row
from graphstore.interop.importing.rows import Converter, event_parts
from graphstore.interop.mlmd.databases.file import MlmdFile
from graphstore.local.distribution import distribution
from graphstore.local.java import find_java
from graphstore.model.types import Kind

__all__ = ["Offline", "Seconds", "write_csv"]

TYPES = {int: "long", float: "double", str: "string", bool: "boolean", list: "string[]"}
SEPARATOR = "\x1f"
"""Between the items of a list: no text of a history has it."""
INDEXES = "CALL db.awaitIndexes(3600)"
COUNT = """
MATCH (n:Artifact|Execution|Context)
RETURN count(n) AS nodes, sum(COUNT { (n)-->() }) AS edges
"""


@dataclass(frozen=True)
class Seconds:
    """What an import from CSV files took."""

    convert: float
    """The file of ML Metadata to CSV files."""
    build: float
    """Neo4j's tool."""
    start: float
    """The server, on what it built."""
    index: float
    """The schema: constraints and indexes, until they can be used."""

    @property
    def all(self) -> float:
        """From the file to a store that can be used."""
        return self.convert + self.build + self.start + self.index


class Offline:
    """A local store of its own, whose database is built anew each time."""

    def __init__(self, name: str, *, heap: str = "2g", page_cache: str = "1g") -> None:
        self.name, self._heap, self._page_cache = name, heap, page_cache
        self.folder = self._up().folder  # which writes its configuration

    def load(self, file: Path, folder: Path) -> tuple[Seconds, Mapping[str, int]]:
        """Make the database of the history in `file`; answers nodes and edges that it holds then.

        Args:
            file: ML Metadata's.
            folder: An empty one, for the CSV files.
        """
        local.down(self.name)
        with _clock() as convert:
            parts = write_csv(file, folder)
        with _clock() as build:
            self._build(parts, folder)
        with _clock() as start:
            server = self._up()
        # Opening it applies the schema. The counters that ids are leased from then begin at 1, and
        # there are no types: what would set those right are a few rows, and left out here.
        with (
            _clock() as index,
            Store.open(server.uri, auth=(server.user, server.password), adopt=True) as store,
        ):
            store.database.driver.execute_query(INDEXES)
            rows, _, _ = store.database.driver.execute_query(COUNT)
        return Seconds(convert(), build(), start(), index()), rows[0].data()

    def _up(self) -> local.LocalServer:
        return local.up(self.name, heap=self._heap, page_cache=self._page_cache)

    def _build(self, parts: Mapping[str, Sequence[str]], folder: Path) -> None:
        release = distribution()
        command = [
            str(find_java(release).path),
            f"@{self.folder / 'conf' / 'java.args'}",
            "org.neo4j.cli.AdminTool",
            *("database", "import", "full", "neo4j", "--overwrite-destination"),
            f"--array-delimiter={SEPARATOR}",
            "--multiline-fields=true",
            "--bad-tolerance=0",
            f"--report-file={folder / 'report'}",
            *(f"--nodes={name}" for name in parts["nodes"]),
            *(f"--relationships={name}" for name in parts["relationships"]),
        ]
        places = {
            "NEO4J_HOME": str(self.folder),
            "NEO4J_CONF": str(self.folder / "conf"),
        }
        result = subprocess.run(
            command, env={**os.environ, **places}, cwd=folder, capture_output=True, text=True
        )
        if result.returncode:
            raise RuntimeError(
                f"{' '.join(command)}: {result.stdout[-2000:]} {result.stderr[-2000:]}"
            )

    def close(self) -> None:
        """Stop the server, and remove the store."""
        local.down(self.name)
        local.remove(self.name)


def write_csv(file: Path, folder: Path) -> Mapping[str, Sequence[str]]:
    """Write a file of ML Metadata as CSV files that Neo4j's tool takes; answers their names."""
    problems: list[str] = []
    with MlmdFile.open(file) as source:
        converter = Converter(file.stem, problems.append)
        for number, (id_, type_) in enumerate(source.types(), 10):
            assert type_ is not None
            converter.types[id_] = type_.evolve(id=number)
        nodes = []
        kinds: Sequence[Kind] = ("context", "artifact", "execution")
        for kind in kinds:
            table = kind.capitalize()
            keys = _keys(row["properties"] for row in _nodes(converter, kind, _first(source, kind)))
            rows = _nodes(converter, kind, source.nodes(kind))
            header = [
                f"id:ID({table}){{id-type: long}}",
                ":LABEL",
                *_times(),
                *_property_columns(keys),
            ]
            _write(folder / f"{table}.csv", header, (_node(table, row, keys) for row in rows))
            nodes.append(f"{table}.csv")
        edges = []
        for name, is_input in (("inputs", True), ("outputs", False)):
            ends = ("Artifact", "Execution") if is_input else ("Execution", "Artifact")
            _write(
                folder / f"{name}.csv",
                [
                    f":START_ID({ends[0]})",
                    f":END_ID({ends[1]})",
                    ":TYPE",
                    "path:string[]",
                    "time:datetime",
                ],
                _events(source, is_input),
            )
            edges.append(f"{name}.csv")
        members: Sequence[tuple[Member, str, str]] = (
            ("attribution", "Artifact", "ATTRIBUTED_TO"),
            ("association", "Execution", "ASSOCIATED_WITH"),
        )
        for table, owner, type_name in members:
            _write(
                folder / f"{table}.csv",
                [f":START_ID({owner})", ":END_ID(Context)"],
                ((owner_id, context_id) for _, owner_id, context_id in source.members(table)),
            )
            edges.append(f"{type_name}={table}.csv")
        problems += source.problems
    if problems:
        raise AssertionError(f"the history of a benchmark has no problems: {problems[:3]}")
    return {"nodes": nodes, "relationships": edges}


def _first(source: MlmdFile, kind: Kind) -> Iterator[NodeRow]:
    """The first rows of a table: a generated history has the same properties everywhere."""
    for number, row in enumerate(source.nodes(kind)):
        if number == 1000:
            return
        yield row


def _keys(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for row in rows:
        keys.update((key, TYPES[type(value)]) for key, value in row.items() if key != "id")
    return keys


def _times() -> list[str]:
    return ["create_time:datetime", "last_update_time:datetime"]


def _property_columns(keys: Mapping[str, str]) -> list[str]:
    return [f"{key}:{type_}" for key, type_ in keys.items()]


def _nodes(converter: Converter, kind: Kind, rows: Iterable[NodeRow]) -> Iterator[Row]:
    for row in rows:
        if node := converter.node(kind, row):  # what it leaves out it tells as a problem
            yield node


def _node(label: str, row: Mapping[str, Any], keys: Mapping[str, str]) -> list[Any]:
    properties = row["properties"]
    return [
        properties["source_id"],  # in an empty store the ids of the file are as good as any
        f"{label}{SEPARATOR}{row['label']}",
        _time(row["create_time"]),
        _time(row["last_update_time"]),
        *(_text(properties.get(key)) for key in keys),
    ]


def _events(source: MlmdFile, is_input: bool) -> Iterator[list[Any]]:
    for row in source.events():
        type_, path, time = event_parts(row)
        if type_.is_input is is_input:
            ends = [row.artifact_id, row.execution_id]
            when = "" if time is None else _time(time)
            yield [*(ends if is_input else ends[::-1]), type_.value, SEPARATOR.join(path), when]


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat()


def _text(value: Any) -> Any:
    return SEPARATOR.join(value) if isinstance(value, list) else value


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows(rows)


@contextmanager
def _clock() -> Iterator[Any]:
    """Seconds that a block takes, once it has ended."""
    begin, seconds = perf_counter(), list[float]()
    yield lambda: seconds[0]
    seconds.append(perf_counter() - begin)
