"""The quick way to store a batch: as the parameters of `cypher/execution/publish_many.cypher`.

One query stores what is new, but for contexts by name, and refers to what is stored. It updates
nothing; whether a stored node is as the batch says, so that there is nothing to update, it can see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.database.spelling import CONTENTS, FIELDS, PLACE
from graphstore.model.edges import EventType

__all__ = ["AsRead", "Edges", "Quick", "Stored", "Wanted", "merge", "parameters", "unseen"]

_AS_READ = {"artifacts_as_read": "artifact_ids", "contexts_as_read": "context_ids"}
"""What says how existing nodes should be, and of which ids it has the places."""


class Stored(NamedTuple):
    """A stored node, by its id."""

    id: int


End = int | Stored
"""An end of an edge: a place in the batch, or what is stored."""


class AsRead(NamedTuple):
    """A stored node that a batch says all of; it changes nothing if the node says the same."""

    id: int
    properties: Row
    """As on the node."""
    unseen: Sequence[str]
    """The keys that do not count."""


class Edges(NamedTuple):
    """The edges of a batch."""

    events: Sequence[tuple[End, End, Row]]
    """Artifact, execution, and the row of the event; the execution is new."""
    attributions: Sequence[tuple[End, End]]
    """Artifact, context."""
    associations: Sequence[tuple[End, End]]
    """Execution, context; the execution is new."""


def unseen(fields: Collection[str] | None) -> list[str]:
    """The keys on a node that an update limited to these fields leaves alone; None for no limit."""
    keys = {"id", "create_time", "last_update_time", "source", "source_id", PLACE, CONTENTS}
    if fields is not None:
        keys |= FIELDS - {*fields, "type_id"}
    return sorted(keys)


def parameters(
    artifacts: Mapping[int, Row],
    executions: Mapping[int, Row],
    contexts: Mapping[int, Row],
    edges: Edges,
    artifacts_as_read: Sequence[AsRead] = (),
    contexts_as_read: Sequence[AsRead] = (),
) -> Row:
    """The parameters of the query.

    Args:
        artifacts: The rows of the new ones, by their places in the batch; in order.
        executions: Likewise.
        contexts: Likewise; of those with one type and name the first counts.
        edges: What is to be between them; what is there twice is stored once.
        artifacts_as_read: Stored artifacts of the batch.
        contexts_as_read: Stored contexts of the batch.
    """
    read_or_made = [end for end, _, _ in edges.events]
    artifact_ids = _ids(artifacts_as_read, (*read_or_made, *(end for end, _ in edges.attributions)))
    context_ids = _ids(
        contexts_as_read, (end for _, end in (*edges.attributions, *edges.associations))
    )
    context_rows: dict[tuple[int, str], Row] = {}
    keys = {}
    for place, row in contexts.items():
        keys[place] = row["properties"]["type_id"], row["properties"]["name"]
        context_rows.setdefault(keys[place], row)
    order = sorted(context_rows)  # one for everybody, lest two writers wait for each other
    rank_of_name = _places(order)
    # Where the query finds each end: artifacts in ids + new ones, contexts in names + ids.
    artifact_at: dict[End, int] = _places(map(Stored, artifact_ids))
    artifact_at |= _places(artifacts, first=len(artifact_ids))
    context_at: dict[End, int] = {p: rank_of_name[key] for p, key in keys.items()}
    context_at |= _places(map(Stored, context_ids), first=len(order))
    execution_at: dict[End, int] = _places(executions)

    groups: dict[tuple[str, tuple[str, ...]], dict[tuple[int, int], Row]] = {}
    for artifact, execution, event in edges.events:
        group = groups.setdefault((event["type"], tuple(event["path"])), {})
        group.setdefault((artifact_at[artifact], execution_at[execution]), event)
    attribution_pairs = {
        (context_at[context], artifact_at[one]) for one, context in edges.attributions
    }
    association_pairs = {
        (context_at[context], execution_at[one]) for one, context in edges.associations
    }
    result: Row = {
        "artifact_ids": artifact_ids,
        "artifacts": [*artifacts.values()],
        "executions": [*executions.values()],
        "contexts": [{**context_rows[key], "type_id": key[0], "name": key[1]} for key in order],
        "context_ids": context_ids,
        "input_rows": [_events(*item) for item in groups.items() if _is_input(item[0])],
        "output_rows": [_events(*item) for item in groups.items() if not _is_input(item[0])],
        "association_rows": _by_first(association_pairs),
        "attribution_rows": _by_first(p for p in attribution_pairs if p[1] < len(artifact_ids)),
        "new_attribution_rows": _by_first(
            p for p in attribution_pairs if p[1] >= len(artifact_ids)
        ),
    }
    for name, ids, nodes in (
        ("artifacts_as_read", artifact_ids, artifacts_as_read),
        ("contexts_as_read", context_ids, contexts_as_read),
    ):
        if nodes:
            rank = _places(ids)
            result[name] = [[rank[one.id], one.properties, one.unseen] for one in nodes]
    return result


class Wanted(NamedTuple):
    """What is to be stored."""

    parameters: Row
    """Of the query."""
    whole: bool
    """Whether the answer is to have all that it can have."""


class Quick:
    """Stores executions that are new, with all that they read, made and belong to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, item: Wanted) -> int:
        """How many nodes that has."""
        lists = ("artifacts", "artifact_ids", "executions", "contexts", "context_ids")
        return sum(len(item.parameters[name]) for name in lists)

    def go_together(self, items: Sequence[Wanted]) -> bool:
        """Whether one query stores these: whatever is new does not concern the others."""
        return True

    def store(self, items: Sequence[Wanted]) -> list[Row] | None:
        """Store all of these or, if one of them cannot be, nothing; answers one each."""
        all_parameters = merge([one.parameters for one in items])
        answer = self._database.one(
            QUERIES["execution.publish_many"],
            whole=any(one.whole for one in items),
            **all_parameters,
        )
        if answer is None:
            return None
        return [answer] if len(items) == 1 else _parts(answer, all_parameters, items)


def merge(parts: Sequence[Row]) -> Row:
    """The parameters that store all that some parameters store, each thing once.

    Lists are in the order that `cypher/execution/publish_many.cypher` wants: existing artifacts by
    id, contexts by type and name, whoever names them.
    """
    if len(parts) == 1:
        return parts[0]
    existing_ids = {
        name: sorted({id_ for part in parts for id_ in part[name]})
        for name in ("artifact_ids", "context_ids")
    }
    contexts: dict[tuple[int, str], Row] = {}
    for part in parts:
        for row in part["contexts"]:
            contexts.setdefault((row["type_id"], row["name"]), row)
    keys = sorted(contexts)
    ranks = {
        name: {id_: rank for rank, id_ in enumerate(ids)} for name, ids in existing_ids.items()
    }
    places = {key: place for place, key in enumerate([*keys, *existing_ids["context_ids"]])}
    as_read: dict[str, list[Any]] = {}
    artifacts: list[Row] = []
    executions: list[Row] = []
    events: dict[str, dict[Any, list[Any]]] = {"input_rows": {}, "output_rows": {}}
    # By context: dicts are sets with an order. Two may attribute one existing artifact.
    links: dict[str, list[dict[int, None]]] = {
        name: [{} for _ in places]
        for name in ("association_rows", "attribution_rows", "new_attribution_rows")
    }
    for part in parts:
        before = len(executions)
        ends = [ranks["artifact_ids"][id_] for id_ in part["artifact_ids"]]
        begin = len(existing_ids["artifact_ids"]) + len(artifacts)
        ends += range(begin, begin + len(part["artifacts"]))
        artifacts += part["artifacts"]
        executions += part["executions"]
        for name, groups in events.items():
            for type_, path, tails, of, ordinals, times in part[name]:
                group = groups.setdefault(
                    (type_, tuple(path), bool(times)), [type_, path, [], [], [], []]
                )
                group[2] += [ends[artifact] for artifact in tails]
                group[3] += [before + execution for execution in of]
                group[4] += ordinals
                group[5] += times
        of_context = [places[row["type_id"], row["name"]] for row in part["contexts"]]
        of_context += [places[id_] for id_ in part["context_ids"]]
        for name, ids in _AS_READ.items():
            for place, *row in part.get(name, ()):
                as_read.setdefault(name, []).append([ranks[ids][part[ids][place]], *row])
        for name, members in links.items():
            for context, some in part[name]:
                if name == "association_rows":
                    some = [before + execution for execution in some]
                else:
                    some = [ends[artifact] for artifact in some]
                members[of_context[context]].update(dict.fromkeys(some))
    return {
        **existing_ids,
        "artifacts": artifacts,
        "executions": executions,
        "contexts": [contexts[key] for key in keys],
        **as_read,
        **{name: list(groups.values()) for name, groups in events.items()},
        **{
            name: [[place, list(some)] for place, some in enumerate(members) if some]
            for name, members in links.items()
        },
    }


def _parts(answer: Row, parameters: Row, items: Sequence[Wanted]) -> list[Row]:
    """The answer that each would have got by itself, to its part of the parameters."""
    keys = [(row["type_id"], row["name"]) for row in parameters["contexts"]]
    ids = dict(zip(keys, answer["context_ids"], strict=True))
    contexts = dict(zip(keys, answer["contexts"] or (), strict=False))
    existing = {artifact["id"]: artifact for artifact in answer["existing"] or ()}
    parts = []
    for own_parameters, whole in items:
        own_keys = [(row["type_id"], row["name"]) for row in own_parameters["contexts"]]
        part: Row = {"time": answer["time"], "context_ids": [ids[key] for key in own_keys]}
        if whole:
            part["existing"] = [existing[id_] for id_ in own_parameters["artifact_ids"]]
            part["contexts"] = [contexts[key] for key in own_keys]
        parts.append(part)
    return parts


def _ids(as_read: Sequence[AsRead], ends: Iterable[End]) -> list[int]:
    """The ids of what is stored, each once, ascending."""
    return sorted({one.id for one in as_read} | {e.id for e in ends if isinstance(e, Stored)})


def _places(things: Iterable[Any], first: int = 0) -> dict[Any, int]:
    return {thing: place for place, thing in enumerate(things, first)}


def _is_input(key: tuple[str, tuple[str, ...]]) -> bool:
    return EventType(key[0]).is_input


def _events(key: tuple[str, tuple[str, ...]], group: Mapping[tuple[int, int], Row]) -> list[Any]:
    """The events of one type and path, as the query takes them."""
    rows = group.values()
    times = [row["time"] for row in rows]
    return [
        key[0],
        [*key[1]],
        [artifact for artifact, _ in group],
        [execution for _, execution in group],
        [row["ordinal"] for row in rows],
        times if any(time is not None for time in times) else [],
    ]


def _by_first(pairs: Iterable[tuple[int, int]]) -> list[Any]:
    """Pairs as rows of the first and all of its seconds."""
    rows: dict[int, list[int]] = {}
    for first, second in sorted(pairs):
        rows.setdefault(first, []).append(second)
    return [[first, seconds] for first, seconds in rows.items()]
