"""Publishing an execution: all that it did, by one query in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, cast

from graphstore.database import Database, Row, Runner
from graphstore.database.queries import QUERIES
from graphstore.errors import AlreadyExists
from graphstore.model.base import copy_with
from graphstore.model.edges import Event, EventType, PathStep
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.model.plain import Plain
from graphstore.model.refs import ArtifactLike
from graphstore.model.series import Series
from graphstore.model.types import Kind
from graphstore.storage.contents import lookup_of
from graphstore.storage.events import event_to_row, take_ordinals
from graphstore.storage.foreign import recorded_millis, refuse_foreign, tell_of_foreign
from graphstore.storage.ids import Ids
from graphstore.storage.links import ByRole, artifact_or_id, links_of
from graphstore.storage.node_rows import NodeRows, by_id
from graphstore.storage.nodes import require
from graphstore.storage.rows import changes, decode_path, node_from_row, path_order
from graphstore.storage.series import series_row
from graphstore.storage.writing.assembly import Assembly, KnownArtifacts, ToPublish, missing
from graphstore.storage.writing.batch import REFUSALS
from graphstore.storage.writing.careful import Careful
from graphstore.storage.writing.group_commit import GroupCommit, alone
from graphstore.storage.writing.quick import Plan

__all__ = ["Cached", "Publication", "Publisher"]


N = TypeVar("N", Artifact, Execution)


@dataclass(frozen=True)
class Cached(Plain):
    """An execution that another need not repeat."""

    execution: Execution
    outputs: Mapping[str, Sequence[Artifact]]
    """What it made, by role, in order."""
    said: Sequence[Artifact] = ()
    """The same in the order in which it was said, whatever its role."""

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
                    artifact for _, artifact in sorted(pairs, key=lambda pair: path_order(pair[0]))
                )
                for role, pairs in sorted(roles.items())
            },
            tuple(
                node_from_row(output["artifact"], Artifact)
                for output in sorted(row["outputs"], key=lambda one: one["ordinal"] or 0)
            ),
        )


@dataclass(frozen=True)
class Publication(Plain):
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
    other_types: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """Of what was read from outside, by id: the types under which others know the same contents at
    the same place."""


class Publisher:
    """Publishes executions."""

    def __init__(
        self,
        database: Database,
        nodes: Mapping[Kind, NodeRows[Any]],
        ids: Ids,
        quick: GroupCommit[Plan],
        careful: GroupCommit[Row],
    ) -> None:
        self._database, self._ids, self._nodes = database, ids, nodes
        self._quick = quick
        self._ask: Callable[[Row], Row | None] = careful.ask

    def within(self, transaction: Runner) -> Publisher:
        """One that publishes within a transaction of somebody else's.

        Each publication has to be with `reuse`, and with external ids for all that is new: the
        transaction may be tried again although it was committed.
        """
        inside = copy(self)
        inside._database = cast(Database, transaction)
        inside._ask = partial(alone, Careful(transaction))
        return inside

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
        keep: bool = False,
        news: Execution | None = None,
        series: Sequence[Series] = (),
        whole: bool = True,
    ) -> Publication:
        """Publish an execution; see `graphstore.Store.publish`.

        With `look_up` the answer says what can stand in for an execution of this fingerprint. With
        `keep` an execution that is there keeps all that it says, but for what `news` says of it.
        `series` is what it logged: all of each metric named. The contexts are answered if it is to
        be `whole`.
        """
        if execution.id is None and not reuse and not look_up and not series:
            return self._create(ToPublish(execution, inputs, outputs, contexts, tuple(events)))
        links = [*links_of(inputs, EventType.INPUT), *links_of(outputs, EventType.OUTPUT)]
        links += [(artifact_or_id(artifact), event) for artifact, event in events]
        existing = sorted({id_ for artifact, _ in links if (id_ := _id(artifact)) is not None})
        # New artifacts have no id to be known by: one object is one artifact, however often given,
        # and so is one external id.
        new: dict[Hashable, Artifact] = {}
        for artifact, _ in links:
            if _id(artifact) is None:
                new.setdefault(_identity(artifact, reuse), cast(Artifact, artifact))
        ids = self._ids.take(
            {
                "artifact": len(new),
                "execution": int(execution.id is None),
                "context": len(contexts),
            }
        )
        context_rows = self._context_rows(contexts, ids["context"])
        # Their ids are in the order in which they were said. They are created in one order for
        # everybody, lest two writers of the same wait for each other.
        new_artifacts = sorted(
            zip(new.items(), ids["artifact"], strict=True),
            key=lambda pair: pair[0][1].external_id or "",
        )
        places: dict[Hashable, int] = {
            key: place
            for place, key in enumerate([*(key for (key, _), _ in new_artifacts), *existing])
        }
        rows = [
            _event_row(places[_identity(artifact, reuse)], event, ordinal)
            for (artifact, event), ordinal in zip(links, take_ordinals(len(links)), strict=True)
        ]
        input_rows = [row for row in rows if EventType(row["type"]).is_input]
        output_rows = [row for row in rows if EventType(row["type"]).is_output]
        publication: Row = {
            "execution": _known_as(
                self._nodes["execution"].row(
                    execution
                    if execution.id is not None
                    else copy_with(execution, id=ids["execution"][0])
                ),
                reuse and execution.id is None,
            ),
            "artifacts": [*range(len(places))],
            "contexts": [*range(len(context_rows))],
            "inputs": input_rows,
            "outputs": output_rows,
            "must_exist": execution.id is not None,
            "recorded": recorded_millis(execution),
            "whole": whole,
            "series": [series_row(one) for one in series],
            "changes": self._changes(news) if keep else None,
            "fingerprint": execution.fingerprint if look_up else None,
        }
        parameters: Row = {
            "artifact_ids": existing,
            "artifacts": [
                {
                    **_known_as(self._nodes["artifact"].row(copy_with(artifact, id=id_)), reuse),
                    **_lookup_row(artifact, reuse),
                }
                for (_, artifact), id_ in new_artifacts
            ],
            "contexts": sorted(
                context_rows.values(), key=lambda row: (row["type_id"], row["name"])
            ),
            "publications": [publication],
        }

        answer = self._publish(parameters, reuse)
        if answer is None:
            if execution.id is not None:
                require(self._database, "execution", [execution.id])
                self._refuse_foreign(execution)
            raise missing(self._database, existing)
        artifacts = [node_from_row(row, Artifact) for row in answer["artifacts"]]
        tell_of_foreign((one for one, _ in links), by_id(artifacts))
        rows = answer["contexts"] or []
        by_name = {(row["type_id"], row["name"]): node_from_row(row, Context) for row in rows}
        self._give_back("artifact", ids["artifact"], {one.id for one in artifacts})
        self._give_back("context", ids["context"], answer["context_ids"])
        return Publication(
            node_from_row(answer["execution"], Execution),
            tuple(artifacts[row["artifact"]] for row in input_rows),
            tuple(artifacts[row["artifact"]] for row in output_rows),
            tuple(by_name[key] for key in context_rows if whole),
            None if answer["cached"] is None else Cached.from_row(answer["cached"]),
            {
                artifact.id: types
                for artifact, types in zip(artifacts, answer["other_types"], strict=False)
                if types and artifact.id is not None
            },
        )

    def _create(self, publication: ToPublish) -> Publication:
        """Publish an execution that is new as part of a batch, be it the only one: what has just
        got its id need not be looked for."""
        assembly = Assembly(KnownArtifacts())
        assembly.add(publication)
        (part,) = assembly.parts
        ids = self._ids.take(assembly.counts)
        try:
            plan = assembly.plan(self._nodes, ids, whole=True)
            if (answer := self._quick.ask(plan)) is None:
                raise missing(self._database, plan.artifact_ids)
        except REFUSALS:
            for kind, some in ids.items():
                self._ids.give_back(kind, some)
            raise
        times = dict.fromkeys(("create_time", "last_update_time"), answer["time"])

        def node_of(row: Row, model: type[N]) -> N:
            return node_from_row({**row["properties"], **times}, model)

        existing = [node_from_row(row, Artifact) for row in answer["existing"]]
        there = by_id(existing)
        tell_of_foreign(assembly.stored_artifacts, there)
        artifacts = [node_of(row, Artifact) for row in plan.artifacts]
        artifacts += [there[id_] for id_ in reversed(plan.artifact_ids)]
        nodes = [node_from_row(row, Context) for row in answer["contexts"]]
        self._give_back("context", ids["context"], {one.id for one in nodes})
        return Publication(
            node_of(plan.executions[0], Execution),
            tuple(artifacts[number] for number in part.inputs),
            tuple(artifacts[number] for number in part.outputs),
            tuple(nodes[place] for place in dict.fromkeys(part.contexts)),
        )

    def _refuse_foreign(self, execution: Execution) -> None:
        rows = self._database.rows(QUERIES["execution.get"], execution_ids=[execution.id])
        refuse_foreign([execution], by_id(self._nodes["execution"].read(rows)))

    def by_external_id(self, external_ids: Sequence[str]) -> dict[str, Execution]:
        """The executions that are there, by their external ids; no query if none is named."""
        if not external_ids:
            return {}
        query = QUERIES["execution.get_by_external_id"]
        rows = self._database.rows(query, external_ids=[*dict.fromkeys(external_ids)])
        nodes = [node_from_row(node, Execution) for row in rows for node in row["executions"]]
        return {one.external_id: one for one in nodes if one.external_id is not None}

    def put_series(self, series_of: Iterable[tuple[str, Sequence[Series]]]) -> None:
        """Store what stored executions logged, by their external ids, in order."""
        rows = [
            {"external_id": external_id, "series": [series_row(one) for one in series]}
            for external_id, series in series_of
        ]
        if rows:
            self._database.run(QUERIES["series.put"], series_of=rows)

    def _changes(self, news: Execution | None) -> Row:
        return {} if news is None else changes(self._nodes["execution"].row(news), news.state)

    def _publish(self, parameters: Row, reuse: bool) -> Row | None:
        try:
            return self._ask(parameters)
        except AlreadyExists:
            if not reuse:
                raise
            # Somebody else has just created one of the same external id: now it is there.
            return self._ask(parameters)

    def _give_back(self, name: str, ids: Iterable[int], in_use: Container[int | None]) -> None:
        self._ids.give_back(name, [id_ for id_ in ids if id_ not in in_use])

    def _context_rows(
        self, contexts: Sequence[Context], ids: Iterable[int]
    ) -> dict[tuple[int, str], Row]:
        """A row a context, by type and name, each once, in the order given."""
        free = iter(ids)
        rows: dict[tuple[int, str], Row] = {}
        for context in contexts:
            # Of one with an id too: it is known by its name, and may be of another store.
            row = self._nodes["context"].row(copy_with(context, id=next(free)))
            row["type_id"], row["name"] = row["properties"]["type_id"], context.name
            rows.setdefault((row["type_id"], context.name), row)
        return rows


def _id(artifact: Artifact | int) -> int | None:
    return artifact.id if isinstance(artifact, Artifact) else artifact


def _identity(artifact: Artifact | int, reuse: bool) -> Hashable:
    """What makes two mentions of an artifact one: its id, external id, or being one object."""
    if isinstance(artifact, int):
        return artifact
    if artifact.id is not None:
        return artifact.id
    return artifact.external_id if reuse and artifact.external_id else ("object", id(artifact))


def _known_as(row: Row, reuse: bool) -> Row:
    return {**row, "known_as": row["properties"].get("external_id") if reuse else None}


def _lookup_row(artifact: Artifact, reuse: bool) -> Row:
    """What finds the artifact that is read from outside, if it is known."""
    lookup = lookup_of(artifact) if reuse else None
    if lookup is None:
        return {"contents": None, "of_type": None}
    return {"contents": lookup.contents, "of_type": lookup.type}


def _event_row(place: int, event: Event, ordinal: int) -> Row:
    """The row of an event; `place` is that of its artifact in the query's list."""
    row = event_to_row(event)
    fields = {key: row[key] for key in ("type", "path", "time")}
    return {"artifact": place, "ordinal": ordinal, **fields}
