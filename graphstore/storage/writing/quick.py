"""The quick way to store plans: by `cypher/execution/publish_many.cypher`.

One query stores what is new, but for contexts by name, and refers to what is stored. It updates
nothing; whether a stored node is as the plan says, so that there is nothing to update, it can see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.database.spelling import BESIDE, CONTENTS, FIELDS, PLACE
from graphstore.model.edges import EventType, PathStep
from graphstore.storage.rows import encode_path

__all__ = ["AsRead", "NewEvent", "Plan", "Quick", "name_of", "parameters", "unseen"]


class NewEvent(NamedTuple):
    """An event of a new execution."""

    artifact: int
    execution: int
    type: EventType
    path: tuple[PathStep, ...]
    time: int | None
    """In milliseconds since the epoch; None for that of the query."""
    ordinal: int


class AsRead(NamedTuple):
    """A stored node that a plan says all of; it changes nothing if the node says the same."""

    node: int
    properties: Row
    """As on the node."""
    unseen: Sequence[str]
    """The keys that do not count."""


class Plan(NamedTuple):
    """What is to be stored: nodes that are new, and edges; an edge that is there twice once.

    A node is a number: the place of a new one in the list of its kind, from 0; or, of one that is
    stored, -1 minus its place among the ids. Executions are new.
    """

    artifacts: Sequence[Row]
    """The rows of the new ones."""
    executions: Sequence[Row]
    contexts: Sequence[Row]
    """Of those with one type and name the first counts."""
    artifact_ids: Sequence[int]
    """Of stored ones, each once."""
    context_ids: Sequence[int]
    events: Sequence[NewEvent]
    attributions: Iterable[tuple[int, int]]
    """Artifact, context."""
    associations: Iterable[tuple[int, int]]
    """Execution, context."""
    artifacts_as_read: Sequence[AsRead] = ()
    contexts_as_read: Sequence[AsRead] = ()
    artifacts_recorded: Sequence[tuple[int, int]] = ()
    """When stored ones were recorded, in milliseconds since the epoch, as far as who names them
    knows: nothing is stored if one was recorded at another time, and so is another store's."""
    contexts_recorded: Sequence[tuple[int, int]] = ()
    whole: bool = False
    """Whether the answer is to have all that it can have."""

    @property
    def names(self) -> list[tuple[int, str]]:
        """What the new contexts are known by."""
        return [name_of(row) for row in self.contexts]


def name_of(row: Row) -> tuple[int, str]:
    """What a context is known by, from its row: the id of its type, and its name."""
    return row["properties"]["type_id"], row["properties"]["name"]


def unseen(fields: Collection[str] | None) -> list[str]:
    """The keys on a node that an update limited to these fields leaves alone; None for no limit."""
    keys = {
        "id",
        "create_time",
        "last_update_time",
        "source",
        "source_id",
        PLACE,
        CONTENTS,
        *BESIDE,
    }
    if fields is not None:
        keys |= FIELDS - {*fields, "type_id"}
    return sorted(keys)


class Quick:
    """Stores executions that are new, with all that they read, made and belong to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, item: Plan) -> int:
        """How many nodes that has."""
        nodes = (item.artifacts, item.executions, item.contexts)
        return sum(map(len, (*nodes, item.artifact_ids, item.context_ids)))

    def go_together(self, items: Sequence[Plan]) -> bool:
        """Whether one query stores these: whatever is new does not concern the others."""
        return True

    def execute(self, items: Sequence[Plan]) -> list[Row] | None:
        """Store all of these or, if one of them cannot be, nothing; answers one each."""
        return self.send(parameters(items), items)

    def send(self, parameters: Row, plans: Sequence[Plan]) -> list[Row] | None:
        """Store plans of which the parameters were made beforehand.

        Returns:
            An answer a plan: `time`, the `context_ids` of its new contexts, how existing artifacts
            were `recorded` (id, type, time) and, if it is to be
            whole, these `contexts` and its `existing` artifacts, all in the order of the plan. None
            if nothing was stored, since a node is missing or not as it was read.
        """
        answer = self._database.one(
            QUERIES["execution.publish_many"],
            whole=any(plan.whole for plan in plans),
            **parameters,
        )
        if answer is None:
            return None
        names = [(row["type_id"], row["name"]) for row in parameters["contexts"]]
        context_ids = dict(zip(names, answer["context_ids"], strict=True))
        contexts = dict(zip(names, answer["contexts"] or (), strict=False))
        existing = {artifact["id"]: artifact for artifact in answer["existing"] or ()}
        parts = []
        for plan in plans:
            own = plan.names
            part: Row = {
                "time": answer["time"],
                "context_ids": [context_ids[name] for name in own],
                "recorded": answer["recorded"],
            }
            if plan.whole:
                part["existing"] = [existing[id_] for id_ in plan.artifact_ids]
                part["contexts"] = [contexts[name] for name in own]
            parts.append(part)
        return parts


def parameters(plans: Sequence[Plan]) -> Row:
    """The parameters of the query that stores all that some plans store, each thing once.

    Existing nodes are in the order of their ids, contexts in that of types and names, whoever names
    them: one order for everybody, lest two writers wait for each other.
    """
    artifact_ids = sorted({id_ for plan in plans for id_ in plan.artifact_ids})
    context_ids = sorted({id_ for plan in plans for id_ in plan.context_ids})
    contexts: dict[tuple[int, str], Row] = {}
    for plan in plans:
        for name, row in zip(plan.names, plan.contexts, strict=True):
            contexts.setdefault(name, row)
    names = sorted(contexts)
    # Where the query finds what: artifacts in ids + new ones, contexts in names + ids.
    artifact_ranks, context_ranks = _ranks(artifact_ids), _ranks(context_ids)
    name_ranks = _ranks(names)
    artifacts: list[Row] = []
    executions: list[Row] = []
    events: dict[tuple[EventType, tuple[PathStep, ...]], dict[tuple[int, int], NewEvent]] = {}
    # By context: dicts are sets with an order. Two may attribute one existing artifact.
    associations: dict[int, dict[int, None]] = {}
    attributions: dict[int, dict[int, None]] = {}
    new_attributions: dict[int, dict[int, None]] = {}
    as_read: dict[str, list[Any]] = {}
    for plan in plans:
        first, first_execution = len(artifact_ids) + len(artifacts), len(executions)
        artifacts += plan.artifacts
        executions += plan.executions
        # By number: the first of those that are stored is the last.
        artifact_at = [*range(first, first + len(plan.artifacts))]
        artifact_at += [artifact_ranks[id_] for id_ in reversed(plan.artifact_ids)]
        context_at = [name_ranks[name] for name in plan.names]
        context_at += [len(names) + context_ranks[id_] for id_ in reversed(plan.context_ids)]
        for event in plan.events:
            ends = artifact_at[event.artifact], first_execution + event.execution
            events.setdefault((event.type, event.path), {}).setdefault(ends, event)
        for execution, context in plan.associations:
            members = associations.setdefault(context_at[context], {})
            members[first_execution + execution] = None
        for artifact, context in plan.attributions:
            links = attributions if artifact < 0 else new_attributions
            links.setdefault(context_at[context], {})[artifact_at[artifact]] = None
        for key, ranks, ids, nodes in (
            ("artifacts_as_read", artifact_ranks, plan.artifact_ids, plan.artifacts_as_read),
            ("contexts_as_read", context_ranks, plan.context_ids, plan.contexts_as_read),
        ):
            if nodes:  # who says nothing of what is stored sends the shorter query
                rows = [[ranks[ids[-1 - one.node]], one.properties, one.unseen] for one in nodes]
                as_read.setdefault(key, []).extend(rows)
        for key, ranks, ids, times in (
            ("artifacts_recorded", artifact_ranks, plan.artifact_ids, plan.artifacts_recorded),
            ("contexts_recorded", context_ranks, plan.context_ids, plan.contexts_recorded),
        ):
            if times:
                rows = [[ranks[ids[-1 - number]], time] for number, time in times]
                as_read.setdefault(key, []).extend(rows)
    event_rows: dict[bool, list[Any]] = {True: [], False: []}
    for (type_, path), group in events.items():
        event_rows[type_.is_input].append(_events(type_, path, group))
    return {
        "artifact_ids": artifact_ids,
        "artifacts": artifacts,
        "executions": executions,
        "contexts": [{**contexts[name], "type_id": name[0], "name": name[1]} for name in names],
        "context_ids": context_ids,
        "input_rows": event_rows[True],
        "output_rows": event_rows[False],
        "association_rows": _links(associations),
        "attribution_rows": _links(attributions),
        "new_attribution_rows": _links(new_attributions),
        **as_read,
    }


def _ranks(things: Iterable[Any]) -> dict[Any, int]:
    return {thing: rank for rank, thing in enumerate(things)}


def _events(
    type_: EventType, path: Sequence[PathStep], group: Mapping[tuple[int, int], NewEvent]
) -> list[Any]:
    """The events of one type and path, as the query takes them: a column each."""
    times = [event.time for event in group.values()]
    return [
        type_.value,
        encode_path(path),
        [artifact for artifact, _ in group],
        [execution for _, execution in group],
        [event.ordinal for event in group.values()],
        times if any(time is not None for time in times) else [],
    ]


def _links(of_context: Mapping[int, Iterable[int]]) -> list[Any]:
    """What each context has, as the query takes it; in one order for everybody."""
    return [[context, [*members]] for context, members in sorted(of_context.items())]
