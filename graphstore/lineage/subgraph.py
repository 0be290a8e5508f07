"""A part of the graph around nodes that a filter chooses: ML Metadata's `get_lineage_subgraph`.

It differs from the questions of `lineage.walks` in what it is asked and in what it answers.
Filters choose where the walk begins and where it ends; the answer has contexts, attributions,
associations and types; and it is made to be handed on: rows and columns, not models.

The walk goes level by level, alternately from artifacts to executions and back; a hop is one event.
In the database it is one traversal that visits a node once. A filter may look at neighbours, which
a traversal cannot do while it walks (`cypher/lineage/upstream.cypher` says why). So the nodes at
which it ends are found first, by walks that grow fourfold: each stops where those before found an
end, and then the filter is asked about what this one reached, and about nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import Any, Literal

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, NotFound
from graphstore.filters import Filter, compile_filter
from graphstore.model.edges import Event, EventType, PathStep
from graphstore.model.types import Kind, Type
from graphstore.storage.rows import decode_path, millis, type_from_row

__all__ = ["MAX_HOPS", "MAX_STARTS", "Direction", "Ending", "Events", "Members", "Subgraph", "find"]

Direction = Literal["upstream", "downstream", "connected"]
"""Which way events are followed: against the flow of data, along it, or both ways."""

MAX_HOPS = 100
MAX_STARTS = 100

_FIRST_ROUND = 4
_GROWTH = 4

_IDS_ONLY: Mapping[str, bool] = {
    "with_events": False,
    "with_contexts": False,
    "with_details": False,
}
_Ids = Mapping[Kind, Collection[int]]


@dataclass(frozen=True)
class Ending:
    """Nodes of one kind that a walk does not go on from."""

    filter: str
    """Which (`graphstore.filters`); '' for all of the kind."""
    include: bool = False
    """Whether they, and the events that lead to them, are in the answer."""


@dataclass(frozen=True)
class Events:
    """Events of one type in which artifacts played one part; one of them in each place."""

    type: EventType
    """Their type."""
    path: tuple[PathStep, ...]
    """The part that the artifacts played."""
    artifact_ids: Sequence[int]
    """The artifacts."""
    execution_ids: Sequence[int]
    """The executions."""
    times: Sequence[int]
    """When they happened, in milliseconds since the Unix epoch."""

    def __iter__(self) -> Iterator[Event]:
        """The events, one by one."""
        for artifact_id, execution_id, time in zip(
            self.artifact_ids, self.execution_ids, self.times, strict=True
        ):
            yield Event.model_construct(
                type=self.type,
                path=self.path,
                time=millis(time) if time else None,
                artifact_id=artifact_id,
                execution_id=execution_id,
            )


@dataclass(frozen=True)
class Members:
    """What belongs to one context."""

    context_id: int
    """The context."""
    artifact_ids: Sequence[int]
    """The artifacts of the answer that are attributed to it."""
    execution_ids: Sequence[int]
    """The executions of the answer that are associated with it."""


@dataclass(frozen=True)
class Subgraph:
    """A part of the graph. Everything is in the order of ids, but for events and members."""

    artifact_ids: Sequence[int]
    """The artifacts."""
    execution_ids: Sequence[int]
    """The executions."""
    events: Sequence[Events]
    """The events that were followed, and those that lead to a node that was visited already."""
    members: Sequence[Members]
    """All contexts of these nodes."""
    artifacts: Sequence[Row]
    """The properties of the artifacts as Neo4j has them, but for times, which are milliseconds
    since the Unix epoch. Only with details, as are the next three."""
    executions: Sequence[Row]
    """The properties of the executions, likewise."""
    contexts: Sequence[Row]
    """The properties of the contexts, likewise."""
    types: Sequence[Type]
    """The types of all of these, without their times."""


def find(
    database: Database,
    kind: Kind,
    start: str,
    *,
    direction: Direction = "connected",
    max_hops: int = MAX_HOPS,
    ending_artifacts: Ending | None = None,
    ending_executions: Ending | None = None,
    events: bool = True,
    contexts: bool = True,
    details: bool = False,
) -> Subgraph:
    """Walk from some nodes, and answer with what was reached.

    A bounded number of queries: one for the nodes to start from, unless the filter names their ids,
    and one for the answer; and with endings at most three for each of four rounds.

    Args:
        database: The database.
        kind: What the walk starts from.
        start: Where: a filter on nodes of this kind (`graphstore.filters`). Of those
            that it lets through, the `MAX_STARTS` with the lowest ids count.
        direction: Which way to go.
        max_hops: Events to follow at most, 0 or more; `MAX_HOPS` if it is more.
        ending_artifacts: Artifacts not to go on from, be it that the walk starts there.
        ending_executions: Executions not to go on from, likewise.
        events: Whether the answer is to have events.
        contexts: Whether it is to have contexts.
        details: Whether it is to have more than the ids of nodes.

    Raises:
        InvalidArgument: If a filter is none, or the bound.
        NotFound: If there is nothing to start from.
    """
    if isinstance(max_hops, bool) or not isinstance(max_hops, int) or max_hops < 0:
        raise InvalidArgument(f"max_num_hops cannot be negative, and is {max_hops!r}")
    # Filters are checked before anything runs.
    beginning = compile_filter(kind, start)
    endings: dict[Kind, Ending | None] = {
        "artifact": ending_artifacts,
        "execution": ending_executions,
    }
    ends = {of: ending for of, ending in endings.items() if ending is not None}
    filters = {of: compile_filter(of, ending.filter or "TRUE") for of, ending in ends.items()}
    parts = {"with_events": events, "with_contexts": contexts, "with_details": details}

    nothing = NotFound(kind, "what is asked for:", start, "there is nothing to start from")
    starts: Sequence[int] | None = beginning.ids
    if ends or starts is None or len(starts) > MAX_STARTS:
        starts = _choose(database, "choose", kind, beginning, limit=MAX_STARTS)
    if not starts:
        raise nothing
    walk = _Walk(database, direction, kind, starts, min(max_hops, MAX_HOPS))
    stops = _stops(walk, filters)
    left_out = {of: ids for of, ids in stops.items() if not ends[of].include}
    subgraph = _answer(walk.rows(walk.max_hops, stops, left_out, parts), details)
    # Endings that are left out may leave nothing; else only ids that nothing has do.
    if not (ends or subgraph.artifact_ids or subgraph.execution_ids):
        raise nothing
    return subgraph


@dataclass(frozen=True)
class _Walk:
    database: Database
    direction: Direction
    kind: Kind
    starts: Sequence[int]
    max_hops: int

    def rows(
        self,
        hops: int,
        stops: _Ids,
        left_out: _Ids = MappingProxyType({}),
        parts: Mapping[str, bool] = _IDS_ONLY,
    ) -> list[Row]:
        starts = {"artifact_ids": [], "execution_ids": [], f"{self.kind}_ids": self.starts}
        return self.database.rows(
            # Cypher takes no bound of 0: then a hop too many is walked, and the query drops it.
            QUERIES[f"lineage.subgraph_{self.direction}"].within(hops or 1),
            max_hops=hops,
            **starts,
            **_lists("stop", stops),
            **_lists("left_out", left_out),
            **parts,
        )


def _lists(what: str, ids: _Ids) -> dict[str, list[int]]:
    """Parameters for both kinds, or for none: each choice is a query to be planned anew."""
    kinds: tuple[Kind, Kind] = ("artifact", "execution")
    return {f"{what}_{kind}_ids": sorted(ids.get(kind, ())) for kind in kinds} if ids else {}


def _stops(walk: _Walk, filters: Mapping[Kind, Filter]) -> dict[Kind, set[int]]:
    """The nodes at which the walk ends: those that a filter lets through, of what it reaches.

    What the last rounds went too far finds ends too; they are none of the walk's, and do no harm.
    """
    stops: dict[Kind, set[int]] = {of: set() for of in filters}
    candidates: dict[Kind, set[int]] = {of: set() for of in filters}
    hops = min(_FIRST_ROUND, walk.max_hops)
    while filters:
        rows = walk.rows(hops, stops)
        for of, condition in filters.items():
            new = {id_ for row in rows for id_ in row[f"{of}s"]} - candidates[of]
            if new:
                candidates[of] |= new
                ids = {f"{of}_ids": sorted(new)}
                stops[of].update(_choose(walk.database, "sift", of, condition, **ids))
        if hops == walk.max_hops or rows[0]["depth"] < hops:
            break
        hops = min(hops * _GROWTH, walk.max_hops)
    return stops


def _choose(
    database: Database, verb: Literal["choose", "sift"], kind: Kind, to: Filter, **parameters: Any
) -> Sequence[int]:
    """The ids of nodes that a filter lets through: of all (choose) or of some (sift)."""
    query = QUERIES[f"lineage.{verb}_{kind}s"]
    condition = f"AND {to.text}"
    text = re.sub(r"AND true // filter$", lambda _: condition, query.text, flags=re.MULTILINE)
    row = database.one(replace(query, text=text), **parameters, **to.parameters)
    ids: Sequence[int] = row["ids"] if row else ()
    return ids


def _answer(rows: Sequence[Row], details: bool) -> Subgraph:
    nodes: dict[str, list[Any]] = {
        column: [node for row in rows for node in row[column]]
        for column in ("artifacts", "executions")
    }
    nodes["contexts"] = [context for context, _, _ in rows[0]["contexts"]]
    ids = {
        column: [node["id"] if details else node for node in items]
        for column, items in nodes.items()
    }
    return Subgraph(
        artifact_ids=sorted(ids["artifacts"]),
        execution_ids=sorted(ids["executions"]),
        events=[_events(*columns) for columns in rows[0]["events"]],
        members=[
            Members(context_id, artifact_ids, execution_ids)
            for context_id, (_, artifact_ids, execution_ids) in zip(
                ids["contexts"], rows[0]["contexts"], strict=True
            )
        ],
        types=sorted(map(type_from_row, rows[0]["types"]), key=attrgetter("id")),
        **{
            column: sorted(items, key=itemgetter("id")) if details else []
            for column, items in nodes.items()
        },
    )


def _events(
    type_: str, path: Sequence[str] | None, tails: list[int], heads: list[int], times: list[int]
) -> Events:
    type_ = EventType(type_)
    ends = (tails, heads) if type_.is_input else (heads, tails)
    return Events(type_, decode_path(path or ()), *ends, times)
