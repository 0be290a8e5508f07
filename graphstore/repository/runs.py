"""Runs of pipelines: how they stand, as contexts within the context of their pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphstore.database import Database, Row
from graphstore.model.nodes import Artifact, Context
from graphstore.queries import QUERIES
from graphstore.repository.artifacts import Artifacts
from graphstore.repository.contexts import Contexts
from graphstore.repository.ids import Ids
from graphstore.repository.rows import node_from_row

__all__ = ["RecordedRun", "Runs"]


@dataclass(frozen=True)
class RecordedRun:
    """A run as it is stored now."""

    run: Context
    artifacts: tuple[Artifact, ...]
    """What it runs in, in the order given."""


class Runs:
    """Records how runs stand."""

    def __init__(
        self, database: Database, artifacts: Artifacts, contexts: Contexts, ids: Ids
    ) -> None:
        self._database, self._ids = database, ids
        self._artifacts, self._contexts = artifacts, contexts

    def record(
        self, run: Context, pipeline: Context, artifacts: Sequence[Artifact] = ()
    ) -> RecordedRun:
        """Create a run, or add to what is known of it; one query in one transaction.

        Args:
            run: The run; what it says is added to what is stored under its type and name.
            pipeline: What it is a run of; used as it is if it is there.
            artifacts: What it ran in, by their external ids; used as they are if they are there.

        Raises:
            NotFound: If there is no such type.
            InvalidProperty: If a property is none that its type declares, or of another kind.
        """
        ids = self._ids.take({"context": 2, "artifact": len(artifacts)})
        rows = [
            self._row(context, id_)
            for context, id_ in zip((run, pipeline), ids["context"], strict=True)
        ]
        row = self._database.one(
            QUERIES["run.record"],
            run=rows[0],
            pipeline=rows[1],
            artifacts=[
                self._artifacts.row(artifact.evolve(id=id_))
                for artifact, id_ in zip(artifacts, ids["artifact"], strict=True)
            ],
        )
        assert row is not None
        stored = [node_from_row(artifact, Artifact) for artifact in row["artifacts"]]
        used = {row["run"]["id"], row["pipeline"]["id"]}
        self._ids.give_back("context", [id_ for id_ in ids["context"] if id_ not in used])
        used = {artifact.id for artifact in stored}
        self._ids.give_back("artifact", [id_ for id_ in ids["artifact"] if id_ not in used])
        return RecordedRun(node_from_row(row["run"], Context), tuple(stored))

    def _row(self, context: Context, id_: int) -> Row:
        row = self._contexts.row(context.evolve(id=id_))
        return {**row, "type_id": row["properties"]["type_id"], "name": context.name}
