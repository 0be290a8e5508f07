"""Runs of pipelines: how they stand, as contexts within the context of their pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.errors import AlreadyExists
from graphstore.model.base import copy_with
from graphstore.model.nodes import Artifact, Context
from graphstore.model.plain import Plain
from graphstore.model.series import Series
from graphstore.model.types import Kind
from graphstore.storage.ids import Ids
from graphstore.storage.node_rows import NodeRows
from graphstore.storage.rows import changes, node_from_row
from graphstore.storage.series import series_row

__all__ = ["RecordedRun", "Runs"]


@dataclass(frozen=True)
class RecordedRun(Plain):
    """A run as it is stored now."""

    run: Context
    artifacts: tuple[Artifact, ...]
    """What it runs in, in the order given."""
    own: bool
    """Whether this process began it, or has gone on with it, and so ends it."""


class Runs:
    """Records how runs stand.

    A run's name is its own within its pipeline. In the store names are unique within a type, and so
    a run whose name another pipeline's run has is stored as ``pipeline/name``.
    """

    def __init__(self, database: Database, nodes: Mapping[Kind, NodeRows[Any]], ids: Ids) -> None:
        self._database, self._nodes, self._ids = database, nodes, ids

    def record(
        self,
        run: Context,
        pipeline: Context,
        artifacts: Sequence[Artifact] = (),
        *,
        news: Context | None = None,
        takes: Context | None = None,
        parent: Context | None = None,
        series: Sequence[Series] = (),
    ) -> RecordedRun:
        """Create a run, or add to what is known of it; one query in one transaction.

        Args:
            run: The run: all of it, for when there is none of this name in its pipeline. Its
                properties `host`, `pid` and `began` tell which process records it.
            pipeline: What it is a run of; used as it is if it is there.
            artifacts: What it ran in, by their external ids; used as they are if they are there.
            news: What to change of it if it is stored and this process's own; None to begin it.
            takes: The run as it was read, to go on with if it still stands like that: it gets what
                `run` says, and keeps when it first began.
            parent: The run that it began within, as that is stored.
            series: What was logged of it: all of each metric named.

        Returns:
            The run as it is stored: unchanged, if it is not `own`.

        Raises:
            NotFound: If there is no such type.
            InvalidProperty: If a property is none that its type declares, or of another kind.
            AlreadyExists: If other pipelines have runs of this name and of ``pipeline/name``.
        """
        ids = self._ids.take({"context": 2, "artifact": len(artifacts)})
        rows = [
            self._row(context, id_)
            for context, id_ in zip((run, pipeline), ids["context"], strict=True)
        ]
        properties = rows[0]["properties"]
        row = self._database.one(
            QUERIES["run.record"],
            run={
                **rows[0],
                "qualified": f"{pipeline.name}/{run.name}",
                # what it is called, and its id, are found out first
                "properties": {k: v for k, v in properties.items() if k not in ("id", "name")},
            },
            pipeline=rows[1],
            artifacts=[
                self._nodes["artifact"].row(copy_with(artifact, id=id_))
                for artifact, id_ in zip(artifacts, ids["artifact"], strict=True)
            ],
            process=_process(run),
            begins=news is None,
            adds=news is not None and "status" not in news.properties,
            changes={} if news is None else self._changes(news),
            takes=None if takes is None else self._takes(run, takes),
            series=[series_row(one) for one in series],
            parent=None if parent is None else {"type_id": rows[0]["type_id"], "name": parent.name},
        )
        if row is None:
            raise AlreadyExists(
                f"run {run.name!r} of pipeline {pipeline.name!r}: runs of other pipelines are"
                f" called that and {pipeline.name}/{run.name}; choose another name"
            )
        nodes = [node_from_row(artifact, Artifact) for artifact in row["artifacts"]]
        ids_in_use = {row["run"]["id"], row["pipeline"]["id"]}
        self._ids.give_back("context", [id_ for id_ in ids["context"] if id_ not in ids_in_use])
        ids_in_use = {artifact.id for artifact in nodes}
        self._ids.give_back("artifact", [id_ for id_ in ids["artifact"] if id_ not in ids_in_use])
        return RecordedRun(node_from_row(row["run"], Context), tuple(nodes), row["own"])

    def find(self, id_: int) -> Context | None:
        """The run of an id as it is stored; None if it is not there."""
        rows = self._database.rows(QUERIES["context.get"], context_ids=[id_])
        return next((node_from_row(n, Context) for row in rows for n in row["contexts"]), None)

    def _takes(self, run: Context, takes: Context) -> Row:
        news = self._changes(run)
        if takes.start_time is not None:
            news.pop("start_time", None)
        return {
            "status": takes.properties.get("status"),
            "process": _process(takes),
            "changes": {**news, "end_time": None},
        }

    def _changes(self, news: Context) -> Row:
        row = self._nodes["context"].row(news)
        return changes(row, news.properties.get("status"))

    def _row(self, context: Context, id_: int) -> Row:
        row = self._nodes["context"].row(copy_with(context, id=id_))
        return {**row, "type_id": row["properties"]["type_id"], "name": context.name}


def _process(run: Context) -> list[Any]:
    return [run.properties.get(name, "") for name in ("host", "pid", "began")]
