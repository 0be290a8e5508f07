"""Publishing an execution: all that it did, by one query in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphstore.database import Database, Row, Transaction
from graphstore.errors import InvalidArgument, NotFound
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.queries import QUERIES
from graphstore.repository.artifacts import Artifacts
from graphstore.repository.contexts import Contexts
from graphstore.repository.events import event_to_row
from graphstore.repository.executions import Executions
from graphstore.repository.ids import Ids
from graphstore.repository.rows import node_from_row

__all__ = ["ArtifactLike", "ByRole", "Publication", "Publisher"]

ArtifactLike = Artifact | int
"""A new artifact, or one that is stored: as it was read, or its id."""
ByRole = Mapping[str, ArtifactLike | Sequence[ArtifactLike]] | Sequence[ArtifactLike]
"""Artifacts by the part they played (``{"examples": [a, b], "base_model": m}``), or without one."""


@dataclass(frozen=True)
class Publication:
    """What was published, as it is stored now."""

    execution: Execution
    inputs: tuple[Artifact, ...]
    """The artifacts that it read, in the order given."""
    outputs: tuple[Artifact, ...]
    """The artifacts that it made, in the order given."""
    contexts: tuple[Context, ...]
    """The contexts, in the order given."""


class Publisher:
    """Publishes executions."""

    def __init__(
        self,
        database: Database,
        artifacts: Artifacts,
        executions: Executions,
        contexts: Contexts,
        ids: Ids,
    ) -> None:
        self._database, self._ids = database, ids
        self._artifacts, self._executions, self._contexts = artifacts, executions, contexts

    def publish(
        self,
        execution: Execution,
        inputs: ByRole = (),
        outputs: ByRole = (),
        contexts: Sequence[Context] = (),
        events: Iterable[tuple[ArtifactLike, Event]] = (),
    ) -> Publication:
        """Publish an execution; see `graphstore.Store.publish`."""
        links = [*_links(inputs, EventType.INPUT), *_links(outputs, EventType.OUTPUT), *events]
        # New artifacts have no id to be known by: one object is one artifact, however often given.
        new = {id(a): a for a, _ in links if isinstance(a, Artifact) and a.id is None}
        ids = self._ids.take(
            {
                "artifact": len(new),
                "execution": int(execution.id is None),
                "context": sum(context.id is None for context in contexts),
            }
        )
        given = dict(zip(new, ids["artifact"], strict=True))
        subject = (
            execution if execution.id is not None else execution.evolve(id=ids["execution"][0])
        )
        rows = [_event_row(artifact, event, given, subject.id) for artifact, event in links]
        existing = {row["artifact_id"] for row in rows} - set(ids["artifact"])
        context_rows = self._context_rows(contexts, ids["context"])
        parameters = {
            "execution": self._executions.row(subject),
            "artifact_ids": sorted(existing),
            "artifacts": [self._artifacts.row(a.evolve(id=given[key])) for key, a in new.items()],
            # In one order for everybody, so that two writers do not wait for each other.
            "contexts": sorted(
                context_rows.values(), key=lambda row: (row["type_id"], row["name"])
            ),
            "inputs": [row for row in rows if EventType(row["type"]).is_input],
            "outputs": [row for row in rows if EventType(row["type"]).is_output],
        }

        def work(transaction: Transaction) -> Row:
            answer = transaction.one(QUERIES["execution.publish"], **parameters)
            assert answer is not None
            if execution.id is not None and not answer["stored"]:
                raise NotFound("execution", "id", execution.id)
            for missing in sorted(existing - {artifact["id"] for artifact in answer["artifacts"]}):
                raise NotFound("artifact", "id", missing)
            return answer

        answer = self._database.transact("execution.publish", work)
        artifacts = {row["id"]: node_from_row(row, Artifact) for row in answer["artifacts"]}
        named = {(c["type_id"], c["name"]): node_from_row(c, Context) for c in answer["contexts"]}
        used = {context.id for context in named.values()}
        self._ids.give_back("context", [id_ for id_ in ids["context"] if id_ not in used])
        return Publication(
            node_from_row(answer["execution"], Execution),
            tuple(artifacts[row["artifact_id"]] for row in parameters["inputs"]),
            tuple(artifacts[row["artifact_id"]] for row in parameters["outputs"]),
            tuple(named[key] for key in context_rows),
        )

    def _context_rows(
        self, contexts: Sequence[Context], ids: Iterable[int]
    ) -> dict[tuple[int, str], Row]:
        """A row a context, by type and name, each once, in the order given."""
        free = iter(ids)
        rows: dict[tuple[int, str], Row] = {}
        for context in contexts:
            id_ = context.id if context.id is not None else next(free)
            row = self._contexts.row(context.evolve(id=id_))
            row["type_id"], row["name"] = row["properties"]["type_id"], context.name
            rows.setdefault((row["type_id"], context.name), row)
        return rows


def _event_row(
    artifact: ArtifactLike, event: Event, given: Mapping[int, int], execution_id: int | None
) -> Row:
    """The row of an event; `given` are the ids of new artifacts by `id()`."""
    known = artifact if isinstance(artifact, int) else artifact.id
    artifact_id = given[id(artifact)] if known is None else known
    ends = {"artifact_id": artifact_id, "execution_id": execution_id}
    return event_to_row(event.model_copy(update=ends))


def _links(by_role: ByRole, type_: EventType) -> Iterator[tuple[ArtifactLike, Event]]:
    """Each artifact with the event that its role and its place in it make, as in TFX."""
    if not isinstance(by_role, Mapping):
        if isinstance(by_role, (Artifact, int)):
            raise InvalidArgument(
                "inputs and outputs are lists of artifacts, or maps of role to them"
            )
        for artifact in by_role:
            yield artifact, Event(type=type_)
        return
    for role, artifacts in by_role.items():
        if isinstance(artifacts, (Artifact, int)):
            artifacts = [artifacts]
        for index, artifact in enumerate(artifacts):
            yield artifact, Event(type=type_, path=(role, index))
