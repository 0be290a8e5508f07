"""Publishing an execution: all that it did, by one query in one transaction."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from graphstore.database import Database, Row
from graphstore.errors import AlreadyExists
from graphstore.model.edges import Event, EventType, PathStep
from graphstore.model.nodes import Artifact, Context, Execution, Node
from graphstore.model.types import Kind
from graphstore.queries import QUERIES
from graphstore.repository.artifacts import Artifacts
from graphstore.repository.assembly import Assembly, KnownArtifacts, ToPublish, missing
from graphstore.repository.batch import REFUSALS
from graphstore.repository.contexts import Contexts
from graphstore.repository.events import event_to_row, take_ordinals
from graphstore.repository.executions import Executions
from graphstore.repository.group_commit import GroupCommit
from graphstore.repository.ids import Ids
from graphstore.repository.links import ArtifactLike, ByRole, checked, links_of
from graphstore.repository.nodes import require
from graphstore.repository.rows import decode_path, node_from_row, path_order

__all__ = ["Cached", "Publication", "Publisher"]


N = TypeVar("N", Artifact, Execution)


@dataclass(frozen=True)
class Cached:
    """An execution that another need not repeat."""

    execution: Execution
    outputs: Mapping[str, Sequence[Artifact]]
    """What it made, by role, in order."""

    @classmethod
    def from_row(cls, row: Row) -> Cached:
        """From `execution` and `outputs`, as `cypher/cache/find.cypher` answers them."""
        roles: dict[str, list[tuple[tuple[PathStep, ...], Artifact]]] = {}
        for output in row["outputs"]:
            path = decode_path(output["path"])
            role = str(path[0]) if path else ""
            roles.setdefault(role, []).append((path, node_from_row(output["artifact"], Artifact)))
        return cls(
            node_from_row(row["execution"], Execution),
            {
                role: tuple(
                    artifact for _, artifact in sorted(made, key=lambda pair: path_order(pair[0]))
                )
                for role, made in sorted(roles.items())
            },
        )


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
    cached: Cached | None = None
    """What can stand in for the execution, if that was asked for and there is something."""


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
        self._database, self._ids, self._group = database, ids, GroupCommit(database)
        self._nodes: Mapping[Kind, Any] = {
            "artifact": artifacts,
            "execution": executions,
            "context": contexts,
        }

    def publish(
        self,
        execution: Execution,
        inputs: ByRole = (),
        outputs: ByRole = (),
        contexts: Sequence[Context] = (),
        events: Iterable[tuple[ArtifactLike, Event]] = (),
        *,
        reuse: bool = False,
        look_up: bool = False,
    ) -> Publication:
        """Publish an execution; see `graphstore.Store.publish`.

        With `look_up` the answer says what can stand in for an execution of this fingerprint.
        """
        if execution.id is None and not reuse and not look_up:
            return self._create(ToPublish(execution, inputs, outputs, contexts, tuple(events)))
        links = [*links_of(inputs, EventType.INPUT), *links_of(outputs, EventType.OUTPUT)]
        links += [(checked(artifact), event) for artifact, event in events]
        existing = sorted({id_ for artifact, _ in links if (id_ := _id(artifact)) is not None})
        # New artifacts have no id to be known by: one object is one artifact, however often given,
        # and so is one external id.
        new: dict[Hashable, Artifact] = {}
        for artifact, _ in links:
            if _id(artifact) is None:
                new.setdefault(_identity(artifact, reuse), cast(Artifact, artifact))
        # In one order for everybody, lest two writers of the same wait for each other.
        new = dict(sorted(new.items(), key=lambda item: item[1].external_id or ""))
        places: dict[Hashable, int] = {key: place for place, key in enumerate([*new, *existing])}
        ids = self._ids.take(
            {
                "artifact": len(new),
                "execution": int(execution.id is None),
                "context": sum(context.id is None for context in contexts),
            }
        )
        context_rows = self._context_rows(contexts, ids["context"])
        rows = [
            _event_row(places[_identity(artifact, reuse)], event, ordinal)
            for (artifact, event), ordinal in zip(links, take_ordinals(len(links)), strict=True)
        ]
        read = [row for row in rows if EventType(row["type"]).is_input]
        made = [row for row in rows if EventType(row["type"]).is_output]
        parameters: Row = {
            "execution": _known_as(
                self._nodes["execution"].row(
                    execution
                    if execution.id is not None
                    else execution.evolve(id=ids["execution"][0])
                ),
                reuse and execution.id is None,
            ),
            "artifact_ids": existing,
            "artifacts": [
                _known_as(self._nodes["artifact"].row(artifact.evolve(id=id_)), reuse)
                for artifact, id_ in zip(new.values(), ids["artifact"], strict=True)
            ],
            "contexts": sorted(
                context_rows.values(), key=lambda row: (row["type_id"], row["name"])
            ),
            "inputs": read,
            "outputs": made,
            "must_exist": execution.id is not None,
            "fingerprint": execution.fingerprint if look_up else None,
        }

        answer = self._publish(parameters, reuse)
        if answer is None:
            if execution.id is not None:
                require(self._database, "execution", [execution.id])
            raise missing(self._database, existing)
        artifacts = [node_from_row(row, Artifact) for row in answer["artifacts"]]
        named = {(c["type_id"], c["name"]): node_from_row(c, Context) for c in answer["contexts"]}
        self._give_back("artifact", ids["artifact"], artifacts)
        self._give_back("context", ids["context"], named.values())
        return Publication(
            node_from_row(answer["execution"], Execution),
            tuple(artifacts[row["artifact"]] for row in read),
            tuple(artifacts[row["artifact"]] for row in made),
            tuple(named[key] for key in context_rows),
            None if answer["cached"] is None else Cached.from_row(answer["cached"]),
        )

    def _create(self, publication: ToPublish) -> Publication:
        """Publish an execution that is new as part of a batch, be it the only one: what has just
        got its id need not be looked for."""
        assembly = Assembly(KnownArtifacts())
        assembly.add(publication)
        (part,) = assembly.parts
        ids = self._ids.take(assembly.counts)
        try:
            creation = assembly.creation(self._nodes, ids)
            answer = self._group.run(creation)
        except REFUSALS:
            for kind, taken in ids.items():
                self._ids.give_back(kind, taken)
            raise
        times = dict.fromkeys(("create_time", "last_update_time"), answer["time"])

        def made(row: Row, model: type[N]) -> N:
            return node_from_row({**row["properties"], **times}, model)

        stored = [node_from_row(row, Artifact) for row in answer["existing"]]
        by_id = {artifact.id: artifact for artifact in stored}
        artifacts = [made(row, Artifact) for row in creation.parameters["artifacts"]]
        artifacts += [by_id[id_] for id_ in reversed(assembly.numbered_ids)]
        named = [node_from_row(row, Context) for row in answer["contexts"]]
        self._give_back("context", ids["context"], named)
        return Publication(
            made(creation.parameters["executions"][0], Execution),
            tuple(artifacts[number] for number in part.inputs),
            tuple(artifacts[number] for number in part.outputs),
            tuple(named[place] for place in dict.fromkeys(part.contexts)),
        )

    def _publish(self, parameters: Row, reuse: bool) -> Row | None:
        query = QUERIES["execution.publish"]
        try:
            return self._database.one(query, **parameters)
        except AlreadyExists:
            if not reuse:
                raise
            # Somebody else has just created one of the same external id: now it is there.
            return self._database.one(query, **parameters)

    def _give_back(self, name: str, ids: Iterable[int], nodes: Iterable[Node]) -> None:
        used = {node.id for node in nodes}
        self._ids.give_back(name, [id_ for id_ in ids if id_ not in used])

    def _context_rows(
        self, contexts: Sequence[Context], ids: Iterable[int]
    ) -> dict[tuple[int, str], Row]:
        """A row a context, by type and name, each once, in the order given."""
        free = iter(ids)
        rows: dict[tuple[int, str], Row] = {}
        for context in contexts:
            id_ = context.id if context.id is not None else next(free)
            row = self._nodes["context"].row(context.evolve(id=id_))
            row["type_id"], row["name"] = row["properties"]["type_id"], context.name
            rows.setdefault((row["type_id"], context.name), row)
        return rows


def _id(artifact: ArtifactLike) -> int | None:
    return artifact.id if isinstance(artifact, Artifact) else artifact


def _identity(artifact: ArtifactLike, reuse: bool) -> Hashable:
    """What makes two mentions of an artifact one: its id, external id, or being one object."""
    if isinstance(artifact, int):
        return artifact
    if artifact.id is not None:
        return artifact.id
    return artifact.external_id if reuse and artifact.external_id else ("object", id(artifact))


def _known_as(row: Row, reuse: bool) -> Row:
    return {**row, "known_as": row["properties"].get("external_id") if reuse else None}


def _event_row(place: int, event: Event, ordinal: int) -> Row:
    """The row of an event; `place` is that of its artifact in the query's list."""
    row = event_to_row(event)
    fields = {key: row[key] for key in ("type", "path", "time")}
    return {"artifact": place, "ordinal": ordinal, **fields}
