"""Lineage: where things came from and what they reached.

Each question is one breadth-first walk in the database that visits a node once, linear in the
nodes and events of its answer. Answers are bounded, and say where they were cut.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from graphstore.database import AsOf, Reader, Row
from graphstore.database.queries import QUERIES, Query
from graphstore.database.spelling import RETRACTABLE, RETRACTED
from graphstore.errors import InvalidArgument
from graphstore.graph.answer import LineageGraph, Question, ends
from graphstore.graph.columns import EventKind, Events, NodesById
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, ArtifactState, Execution, ExecutionState, NodeRef
from graphstore.model.plain import Plain
from graphstore.model.refs import (
    ArtifactLike,
    ContextLike,
    NodeLike,
    node_id,
    reference,
    references,
)
from graphstore.model.times import KnownAt
from graphstore.model.types import Kind
from graphstore.model.values import bound, members
from graphstore.storage.columns import Columns, place_of
from graphstore.storage.nodes import require
from graphstore.storage.rows import event_from_row, node_from_row, to_time
from graphstore.storage.then import at, not_found
from graphstore.storage.types import Types
from graphstore.system.garbage import no_collection

__all__ = ["Direction", "Found", "Lineage", "NodeIds", "Producer", "Stop", "Within"]

Direction = Literal["upstream", "downstream", "connected"]
"""A question whose answer is one walk."""

Start = NodeLike | Iterable[NodeLike]
"""Where a question begins: an artifact or execution - itself, its `NodeRef`, ``"a45"``, or the id
of an artifact -, or several of these."""

DEFAULT_MAX_NODES = 10_000
_KINDS: tuple[Kind, ...] = ("artifact", "execution")
"""The kinds of nodes that lineage is about; a bare number is the id of an artifact."""


@dataclass(frozen=True)
class Within:
    """Which nodes a walk may enter: those that meet every condition that is about their kind.

    What it may not enter is not in the answer, nor is what lies behind it. Where a walk starts
    need not meet anything.
    """

    artifact_types: Collection[str] | None = None
    """Names of types that artifacts have, in any version."""
    execution_types: Collection[str] | None = None
    """Names of types that executions have, in any version."""
    artifact_states: Collection[ArtifactState] | None = None
    """States that artifacts have."""
    execution_states: Collection[ExecutionState] | None = None
    """States that executions have."""
    context: ContextLike | None = None
    """A context that nodes belong to: itself, its id, ``"c2"``."""
    since: datetime | None = None
    """Nodes were not created before this."""
    before: datetime | None = None
    """Nodes were created before this."""

    def __post_init__(self) -> None:
        for name in ("artifact_types", "execution_types"):
            _set(self, name, _names(getattr(self, name)))
        for name, of in (("artifact_states", ArtifactState), ("execution_states", ExecutionState)):
            if (states := getattr(self, name)) is not None:
                _set(self, name, tuple(members(of, states, name.replace("_", " "))))
        if self.context is not None:
            _set(self, "context", reference(self.context, "context"))


@dataclass(frozen=True)
class Stop:
    """Which nodes a walk does not follow further: those that meet any of the conditions.

    They are in the answer themselves.
    """

    artifact_types: Collection[str] = ()
    """Names of types of artifacts, in any version."""
    execution_types: Collection[str] = ()
    """Names of types of executions, in any version."""
    nodes: Start = ()
    """Artifacts and executions, as a question begins at them."""

    def __post_init__(self) -> None:
        for name in ("artifact_types", "execution_types"):
            _set(self, name, _names(getattr(self, name)))
        _set(self, "nodes", tuple(references(self.nodes, *_KINDS)))


def _set(frozen: object, name: str, value: object) -> None:
    object.__setattr__(frozen, name, value)  # as dataclasses set the fields of frozen ones


def _names(names: Collection[str] | None) -> Collection[str] | None:
    """Names of types; one alone need not be in a list."""
    return (names,) if isinstance(names, str) else names


@dataclass(frozen=True)
class Producer(Plain):
    """An execution that an artifact came out of."""

    execution: Execution
    event: Event
    passed_on: bool
    """Whether it only passed on what another had made: it was CACHED, or the event is an
    INTERNAL_OUTPUT, as a resolver's is."""


@dataclass(frozen=True)
class NodeIds(Plain):
    """Which nodes, by kind; in no order."""

    artifacts: tuple[int, ...]
    executions: tuple[int, ...]


@dataclass(frozen=True)
class Found(Plain):
    """A node that a walk found."""

    node: Artifact | Execution
    events: tuple[Event, ...]
    """The events that the walk follows from it, further away from the start."""
    stopped: bool
    """Whether it was not followed, since `Stop` says so; then there are no events."""


_OF_STATES = ("passing", "within_artifact_states", "within_execution_states")
"""Parameters of walks that states are compared with."""


class Lineage:
    """The questions about where things came from and what they reached."""

    def __init__(self, database: Reader, types: Types) -> None:
        self.database, self._types = database, types

    def at(self, as_of: KnownAt | None) -> Lineage:
        """The questions about what the store said at a time; None for now."""
        return self if as_of is None else Lineage(at(self.database, as_of), self._types)

    def upstream(
        self,
        start: Start,
        *,
        max_hops: int | None = None,
        max_nodes: int = DEFAULT_MAX_NODES,
        event_types: Collection[EventType] | None = None,
        within: Within | None = None,
        stop: Stop | None = None,
        passed_on: bool = False,
        as_of: KnownAt | None = None,
    ) -> LineageGraph:
        """Everything that something was made from.

        Follows events against the flow of data, across executions. It does not follow contexts:
        two artifacts of one run are not related by that alone.

        Args:
            start: A node, its `NodeRef`, a text like ``"e7"``, the id of an artifact, or several of
                these.
            max_hops: Events to follow at most; two lead from an artifact to the artifacts that it
                was made from. None for no bound.
            max_nodes: Nodes in the answer at most; the nearest are kept, the start in any case.
            event_types: Types of the events to follow; None for all.
            within: Which nodes may be entered; None for all.
            stop: Which nodes are not followed further; None for none.
            passed_on: Whether to follow who only passed something on, too: CACHED executions and
                events of type INTERNAL_OUTPUT, as a resolver's are. Without, these are in the
                answer only if whoever made the artifact is not known, as in a part of a history.
            as_of: What the store said at this time; None for now.

        Returns:
            What was found, the start included; `truncated` says whether a bound cut it.

        Raises:
            NotFound: If there is no such node, type or context.
            InvalidArgument: If a bound is not valid.
        """
        return self.at(as_of)._walk(
            "upstream", start, max_hops, max_nodes, event_types, within, stop, passed_on
        )

    def downstream(
        self,
        start: Start,
        *,
        max_hops: int | None = None,
        max_nodes: int = DEFAULT_MAX_NODES,
        event_types: Collection[EventType] | None = None,
        within: Within | None = None,
        stop: Stop | None = None,
        passed_on: bool = False,
        as_of: KnownAt | None = None,
    ) -> LineageGraph:
        """Everything that something reached: what was made from it, and from that.

        Follows events with the flow of data, across executions, and no contexts.

        Args:
            start: A node, its `NodeRef`, a text like ``"e7"``, the id of an artifact, or several of
                these.
            max_hops: Events to follow at most; None for no bound.
            max_nodes: Nodes in the answer at most; the nearest are kept, the start in any case.
            event_types: Types of the events to follow; None for all.
            within: Which nodes may be entered; None for all.
            stop: Which nodes are not followed further; None for none.
            passed_on: Whether to follow who only passed something on, too: CACHED executions and
                events of type INTERNAL_OUTPUT. Without, these are in the answer only if whoever
                made the artifact is not known.
            as_of: What the store said at this time; None for now.

        Returns:
            What was found, the start included; `truncated` says whether a bound cut it.

        Raises:
            NotFound: If there is no such node, type or context.
            InvalidArgument: If a bound is not valid.
        """
        return self.at(as_of)._walk(
            "downstream", start, max_hops, max_nodes, event_types, within, stop, passed_on
        )

    def both(
        self,
        start: Start,
        *,
        max_hops: int | None = None,
        max_nodes: int = DEFAULT_MAX_NODES,
        event_types: Collection[EventType] | None = None,
        within: Within | None = None,
        stop: Stop | None = None,
        passed_on: bool = False,
        as_of: KnownAt | None = None,
    ) -> LineageGraph:
        """What something was made from and what it reached, in one graph.

        That is less than all that is `connected` with it: not, for example, another model that was
        trained on the same data.

        Args:
            start: A node, its `NodeRef`, a text like ``"e7"``, the id of an artifact, or several of
                these.
            max_hops: Events to follow at most, in each direction; None for no bound.
            max_nodes: Nodes at most in each direction; the nearest are kept, the start in any case.
            event_types: Types of the events to follow; None for all.
            within: Which nodes may be entered; None for all.
            stop: Which nodes are not followed further; None for none.
            passed_on: Whether to follow who only passed something on, too: CACHED executions and
                events of type INTERNAL_OUTPUT. Without, these are in the answer only if whoever
                made the artifact is not known.
            as_of: What the store said at this time; None for now.

        Returns:
            What was found, the start included; `truncated` says whether a bound cut it.

        Raises:
            NotFound: If there is no such node, type or context.
            InvalidArgument: If a bound is not valid.
        """
        starts = _refs(start)
        then = self.at(as_of)

        def walk(way: Question) -> LineageGraph:
            return then._walk(
                way, starts, max_hops, max_nodes, event_types, within, stop, passed_on
            )

        up, down = walk("upstream"), walk("downstream")
        (up_artifacts, up_executions, up_events) = _columns(up)
        (down_artifacts, down_executions, down_events) = _columns(down)
        return LineageGraph.model_construct(
            question="both",
            starts=up.starts,
            artifacts=up_artifacts.joined(down_artifacts),
            executions=up_executions.joined(down_executions),
            events=up_events.joined(down_events),
            frontier=tuple(dict.fromkeys(up.frontier + down.frontier)),
        )

    def connected(
        self,
        start: Start,
        *,
        max_hops: int | None = None,
        max_nodes: int = DEFAULT_MAX_NODES,
        event_types: Collection[EventType] | None = None,
        within: Within | None = None,
        stop: Stop | None = None,
        passed_on: bool = False,
        as_of: KnownAt | None = None,
    ) -> LineageGraph:
        """Everything that events connect something with, whichever way they point.

        ML Metadata's BIDIRECTIONAL, if `passed_on`.

        Args:
            start: A node, its `NodeRef`, a text like ``"e7"``, the id of an artifact, or several of
                these.
            max_hops: Events to follow at most; None for no bound.
            max_nodes: Nodes in the answer at most; the nearest are kept, the start in any case.
            event_types: Types of the events to follow; None for all.
            within: Which nodes may be entered; None for all.
            stop: Which nodes are not followed further; None for none.
            passed_on: Whether to follow who only passed something on, too: CACHED executions and
                events of type INTERNAL_OUTPUT. Without, these are in the answer only if whoever
                made the artifact is not known.
            as_of: What the store said at this time; None for now.

        Returns:
            What was found, the start included; `truncated` says whether a bound cut it.

        Raises:
            NotFound: If there is no such node, type or context.
            InvalidArgument: If a bound is not valid.
        """
        return self.at(as_of)._walk(
            "connected", start, max_hops, max_nodes, event_types, within, stop, passed_on
        )

    def ids(
        self,
        direction: Direction,
        start: Start,
        *,
        max_hops: int | None = None,
        event_types: Collection[EventType] | None = None,
        within: Within | None = None,
        stop: Stop | None = None,
        passed_on: bool = False,
        as_of: KnownAt | None = None,
    ) -> NodeIds:
        """Which nodes the question of this name has in its answer, however many, and no more.

        There is no bound on nodes.

        Args:
            direction: ``upstream``, ``downstream`` or ``connected``.
            start: A node, its `NodeRef`, a text like ``"e7"``, the id of an artifact, or several of
                these.
            max_hops: Events to follow at most, 1 or more; None for no bound.
            event_types: Types of the events to follow; None for all.
            within: Which nodes may be entered; None for all.
            stop: Which nodes are not followed further; None for none.
            passed_on: Whether to follow who only passed something on, too: CACHED executions and
                events of type INTERNAL_OUTPUT. Without, these are in the answer only if whoever
                made the artifact is not known.
            as_of: What the store said at this time; None for now.

        Returns:
            The ids of the artifacts and of the executions, the start included.

        Raises:
            NotFound: If there is no such node, type or context.
            InvalidArgument: If a bound is not valid.
        """
        starts, then = _refs(start), self.at(as_of)
        query, parameters = then._whole(
            "ids", direction, starts, max_hops, event_types, within, stop, passed_on
        )
        row = then.database.one(query, **parameters)
        if row is not None and row.get("lost"):
            trails = then._trails(direction, starts, parameters)
            row = then.database.one(query, **{**parameters, **trails})
        ids = NodeIds((), ())
        if row is not None:
            ids = NodeIds(tuple(row["artifact_ids"]), tuple(row["execution_ids"]))
        then._require(starts, ids.artifacts, ids.executions)
        return ids

    def stream(
        self,
        direction: Direction,
        start: Start,
        *,
        event_types: Collection[EventType] | None = None,
        within: Within | None = None,
        stop: Stop | None = None,
        passed_on: bool = False,
        as_of: KnownAt | None = None,
    ) -> Generator[Found, None, None]:
        """The nodes of the question of this name one by one, while the database still walks.

        For answers larger than memory, or than anybody's patience: the first node is there at
        once, and a few hundred are held at a time. The transaction lasts as long as the iteration -
        who stops early can `close` it - and at most as long as the database's `timeout`. There are
        no bounds, but for those that `within` and `stop` set. Where it is not known who made an
        artifact, it waits for a walk that finds out who passed it on, and begins again without the
        nodes that were there already.

        Args:
            direction: ``upstream``, ``downstream`` or ``connected``.
            start: A node, its `NodeRef`, a text like ``"e7"``, the id of an artifact, or several of
                these.
            event_types: Types of the events to follow; None for all.
            within: Which nodes may be entered; None for all.
            stop: Which nodes are not followed further; None for none.
            passed_on: Whether to follow who only passed something on, too: CACHED executions and
                events of type INTERNAL_OUTPUT. Without, these are in the answer only if whoever
                made the artifact is not known.
            as_of: What the store said at this time; None for now.

        Yields:
            Each node once, the start first, and none before one that it was found by.

        Raises:
            NotFound: If there is no such node, type or context.
            InvalidArgument: If a direction or a condition is not valid.
        """
        starts, then = _refs(start), self.at(as_of)
        query, parameters = then._whole(
            "stream", direction, starts, None, event_types, within, stop, passed_on
        )
        then._require(starts, (), ())
        keys: set[tuple[bool, int]] = set()
        with closing(then.database.stream(query, **parameters)) as rows:
            for row in rows:
                if row["lost"]:
                    break
                if not passed_on:
                    keys.add((row["is_artifact"], row["properties"]["id"]))
                yield _found_from_row(row)
            else:
                return
        again = {**parameters, **then._trails(direction, starts, parameters)}
        with closing(then.database.stream(query, **again)) as rows:
            for row in rows:
                if (row["is_artifact"], row["properties"]["id"]) not in keys:
                    yield _found_from_row(row)

    def between(
        self,
        source: NodeLike,
        target: NodeLike,
        *,
        max_hops: int | None = None,
        max_nodes: int = DEFAULT_MAX_NODES,
        passed_on: bool = False,
        as_of: KnownAt | None = None,
    ) -> LineageGraph:
        """Every path along the flow of data from one node to another, as one graph.

        Each node and event of it lies on a path from `source` to `target`; they are not listed one
        by one, since there can be more of them than anybody can read (2^30 in 30 diamonds).

        Args:
            source: Where the paths begin.
            target: Where they end.
            max_hops: Events on a path at most, counted back from `target`.
            max_nodes: Nodes that may be visited, beginning at `target`.
            passed_on: Whether to follow who only passed something on, too: CACHED executions and
                events of type INTERNAL_OUTPUT.
            as_of: What the store said at this time; None for now.

        Returns:
            The paths; without nodes if there is none. `truncated` says whether a bound cut it.

        Raises:
            NotFound: If one of the nodes is not there.
            InvalidArgument: If a bound is not valid.
        """
        begin, end = (reference(one, *_KINDS) for one in (source, target))
        then = self.at(as_of)
        then._walk("upstream", begin, 0, 1, None, None, None, True)  # it is there
        ancestry = then._walk("upstream", end, max_hops, max_nodes, None, None, None, passed_on)
        onward = defaultdict(list)
        for event in ancestry.events:
            tail, head = ends(event)
            onward[tail].append(head)
        on_path = set(_reachable(begin, onward)) if begin in ancestry.refs() else set()
        artifacts, executions, _ = _columns(ancestry)
        ids = _ids("artifact", "execution", on_path)
        return LineageGraph.model_construct(
            question="between",
            starts=(begin, end),
            artifacts=artifacts.only(set(ids["artifact"])),
            executions=executions.only(set(ids["execution"])),
            events=tuple(event for event in ancestry.events if ends(event)[0] in on_path),
            frontier=ancestry.frontier,
        )

    def producers(self, artifact: ArtifactLike) -> Sequence[Producer]:
        """The executions that an artifact came out of: first who made it, then who passed it on.

        Within each part the oldest comes first. There can be several: a CACHED execution passes on
        what an earlier one made, and a resolver what it chose.

        Raises:
            NotFound: If there is no such artifact.
            InvalidArgument: If it is no artifact.
        """
        id_ = node_id(artifact, "artifact")
        rows = self.database.rows(QUERIES["lineage.producers"], artifact_id=id_)
        if not rows:
            require(self.database, "artifact", [id_])  # it is there, and nobody made it
        producers = [
            Producer(
                node_from_row(row["execution"], Execution),
                event_from_row(id_, row["execution"]["id"], row["type"], row["path"], row["time"]),
                bool(row["passed_on"]),
            )
            for row in rows
        ]
        return sorted(producers, key=lambda producer: producer.passed_on)

    def run(
        self,
        context: ContextLike,
        *,
        max_nodes: int = DEFAULT_MAX_NODES,
        as_of: KnownAt | None = None,
    ) -> LineageGraph:
        """The executions of one run, with all that they read and made.

        Args:
            context: The context that stands for the run - or for a pipeline, a project -, its id,
                or ``"c2"``.
            max_nodes: Nodes in the answer at most; executions come first.
            as_of: What the store said at this time; None for now.

        Returns:
            The run; its `dependencies` say which execution waited for which.

        Raises:
            NotFound: If there is no such context.
        """
        id_ = node_id(context, "context")
        database = self.at(as_of).database
        walk = _Walk.of(
            database.rows(
                QUERIES["lineage.run"], context_id=id_, limit=bound("max_nodes", max_nodes) + 1
            )
        )
        if not walk.ids:
            require(database, "context", [id_])
        return _graph("run", (), walk, None, max_nodes)

    def _walk(
        self,
        question: Question,
        start: Start,
        max_hops: int | None,
        max_nodes: int,
        event_types: Collection[EventType] | None,
        within: Within | None,
        stop: Stop | None,
        passed_on: bool,
    ) -> LineageGraph:
        starts = _refs(start)
        hops = None if max_hops is None else bound("max_hops", max_hops, least=0)
        most = max(bound("max_nodes", max_nodes), len(starts))
        # Cypher takes no bound of 0: then one step too many is walked, and dropped.
        query = QUERIES[f"lineage.{question}"].within(1 if hops == 0 else hops)
        parameters = self._parameters(starts, event_types, within, stop, passed_on)
        rows = self.database.rows(query, limit=most + 1, **parameters)
        if any(row.get("lost") for row in rows):
            parameters |= self._trails(question, starts, parameters)
            rows = self.database.rows(query, limit=most + 1, **parameters)
        walk = _Walk.of(rows)
        nearest = set(zip(walk.are_artifacts, walk.ids[: len(starts)], strict=False))
        for ref in starts:
            if (ref.kind == "artifact", ref.id) not in nearest:
                raise not_found(self.database, ref.kind, "id", ref.id)
        return _graph(question, starts, walk, hops, most)

    def _whole(
        self,
        form: str,
        direction: Direction,
        starts: Sequence[NodeRef],
        max_hops: int | None,
        event_types: Collection[EventType] | None,
        within: Within | None,
        stop: Stop | None,
        passed_on: bool,
    ) -> tuple[Query, dict[str, Any]]:
        """The query of an answer without a bound on nodes, and its parameters."""
        if direction not in get_args(Direction):
            directions = ", ".join(get_args(Direction))
            raise InvalidArgument(f"direction must be one of {directions}, not {direction!r}")
        hops = None if max_hops is None else bound("max_hops", max_hops)
        query = QUERIES[f"lineage.{form}_{direction}"].within(hops)
        return query, self._parameters(starts, event_types, within, stop, passed_on)

    def _trails(
        self, question: str, starts: Sequence[NodeRef], parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The parameters that let a walk go on where only who passed something on is known."""
        query = QUERIES[f"lineage.trails_{question}"].within(None)
        ids = _ids("artifact_ids", "execution_ids", starts)
        states = parameters.get("states_then")
        row = self.database.one(query, **ids, **({"states_then": states} if states else {}))
        trails = row["trails"] if row is not None else []
        stand_ins = sorted({execution for _, execution in trails})
        return {"trails": trails, "trail_ids": stand_ins, "look_for_trails": False}

    def _require(
        self, starts: Sequence[NodeRef], artifacts: Collection[int], executions: Collection[int]
    ) -> None:
        """Refuse a start that is not there; what is known to be there is not looked up."""
        present = {"artifact": set(artifacts), "execution": set(executions)}
        for kind in ("artifact", "execution"):
            if ids := [r.id for r in starts if r.kind == kind and r.id not in present[kind]]:
                require(self.database, kind, ids)

    def _parameters(
        self,
        starts: Sequence[NodeRef],
        event_types: Collection[EventType] | None,
        within: Within | None,
        stop: Stop | None,
        passed_on: bool,
    ) -> dict[str, Any]:
        """The parameters that every walk has."""
        parameters: dict[str, Any] = {"look_for_trails": not passed_on}
        if not passed_on:
            parameters |= {"trails": [], "trail_ids": []}
            # Whoever names them asks for them.
            states = within.execution_states if within is not None else None
            if states is None or ExecutionState.CACHED not in states:
                parameters["passing"] = ExecutionState.CACHED.value
            if event_types is None or EventType.INTERNAL_OUTPUT.value not in _values(event_types):
                parameters["choice"] = EventType.INTERNAL_OUTPUT.value
        parameters |= {
            **_ids("artifact_ids", "execution_ids", starts),
            **({} if event_types is None else {"event_types": self._event_types(event_types)}),
            **self._within(within or Within()),
            **self._stop(stop or Stop()),
        }
        return self._then(parameters) if isinstance(self.database, AsOf) else parameters

    def _then(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The same, with conditions on the states that nodes were in then."""
        names = [name for name in _OF_STATES if name in parameters]
        if not names and not parameters["look_for_trails"]:
            return parameters
        states = {
            f"{'a' if row['is_artifact'] else 'e'}{row['id']}": row["state"]
            for row in self.database.rows(QUERIES["lineage.states_then"])
            if not row["is_artifact"] or "within_artifact_states" in names
        }
        if not states:
            return parameters
        then = {f"{name}_then": parameters.pop(name) for name in names}
        return {**parameters, **then, "states_then": states}

    def _event_types(self, event_types: Collection[EventType]) -> list[str]:
        """What events of these types are called, those that were taken back later, too."""
        values = _values(event_types)
        if isinstance(self.database, AsOf):
            values += [RETRACTED + value for value in values if value in RETRACTABLE]
        return values

    def _within(self, within: Within) -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        if within.artifact_types is not None or within.execution_types is not None:
            # The ids of types are unique over all kinds, so one list says it for both.
            parameters["within_type_ids"] = [
                *self._types.ids_of("artifact", within.artifact_types),
                *self._types.ids_of("execution", within.execution_types),
            ]
        if within.artifact_states is not None:
            parameters["within_artifact_states"] = [s.value for s in within.artifact_states]
        if within.execution_states is not None:
            parameters["within_execution_states"] = [s.value for s in within.execution_states]
        if within.context is not None:
            context_id = node_id(within.context, "context")
            members = self.database.one(QUERIES["context.members"], context_id=context_id)
            if members is None:
                raise not_found(self.database, "context", "id", context_id)
            parameters["within_artifact_ids"] = members["artifact_ids"]
            parameters["within_execution_ids"] = members["execution_ids"]
        if within.since is not None:
            parameters["within_since"] = to_time("since", within.since)
        if within.before is not None:
            parameters["within_before"] = to_time("before", within.before)
        return parameters

    def _stop(self, stop: Stop) -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        if stop.artifact_types or stop.execution_types:
            parameters["stop_type_ids"] = [
                *self._types.ids_of("artifact", stop.artifact_types),
                *self._types.ids_of("execution", stop.execution_types),
            ]
        if nodes := references(stop.nodes, *_KINDS):
            parameters.update(_ids("stop_artifact_ids", "stop_execution_ids", nodes))
        return parameters


@dataclass(frozen=True)
class _Walk:
    """What a walk found, as `cypher/lineage/upstream.cypher` gives it, in one piece."""

    ids: Sequence[int]
    """Of the nodes, the nearest first."""
    are_artifacts: Sequence[bool]
    """Whether each is an artifact."""
    places: Sequence[int]
    """Where each is in `tables`."""
    tables: Sequence[Columns]
    """Their properties."""
    depths: Sequence[int]
    """Ascending."""
    stopped: frozenset[int]
    """The numbers of the nodes that were not followed."""
    rows: Sequence[tuple[range, Sequence[Any]]]
    """Of each row of the answer: the numbers of its nodes, and its events."""

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Walk:
        """The walk of an answer."""
        depths = [depth for row in rows for depth in row["depths"]]
        ids, are_artifacts, places = [0] * len(depths), [False] * len(depths), [0] * len(depths)
        tables: list[Columns] = []
        stopped: set[int] = set()
        events = []
        begin = 0
        for row in rows:
            end = begin + len(row["depths"])
            for is_artifact, numbers, keys, columns in row["nodes"]:
                table = dict(zip(keys, columns, strict=True))
                first = place_of(len(tables), 0)
                tables.append(table)
                for place, (number, id_) in enumerate(
                    zip(numbers, table["id"], strict=True), first
                ):
                    number += begin
                    ids[number], are_artifacts[number], places[number] = id_, is_artifact, place
            stopped.update(begin + number for number in row["stopped"])
            events.append((range(begin, end), row["events"]))
            begin = end
        return cls(ids, are_artifacts, places, tables, depths, frozenset(stopped), events)


@no_collection()
def _graph(
    question: Question,
    starts: tuple[NodeRef, ...],
    walk: _Walk,
    max_hops: int | None,
    max_nodes: int,
) -> LineageGraph:
    """The nodes of a walk as a graph, without those beyond the bounds."""
    number = len(walk.ids) if max_hops is None else bisect_right(walk.depths, max_hops)
    number = min(number, max_nodes)
    nodes = list(zip(walk.are_artifacts, walk.ids, walk.places, strict=True))[:number]
    artifacts = {id_: place for is_artifact, id_, place in nodes if is_artifact}
    executions = {id_: place for is_artifact, id_, place in nodes if not is_artifact}
    followed = number if max_hops is None else min(number, bisect_left(walk.depths, max_hops))
    kinds: dict[EventKind, int] = {}
    events: tuple[list[Any], ...] = ([], [], [], [])  # the columns of `Events`
    beyond: set[int] = set()
    for numbers, (kinds_here, (nears, others, times)) in walk.rows:
        of_kind = [0] * len(nears)
        for type_, path, some in kinds_here:
            kind = kinds.setdefault((type_, tuple(path)), len(kinds))
            for place in some:
                of_kind[place] = kind
        here = walk.ids[numbers.start : numbers.stop]
        sides = walk.are_artifacts[numbers.start : numbers.stop]
        artifact_ids = [
            here[place] if sides[place] else other
            for place, other in zip(nears, others, strict=True)
        ]
        execution_ids = [
            other if sides[place] else here[place]
            for place, other in zip(nears, others, strict=True)
        ]
        columns: tuple[list[Any], ...] = (of_kind, artifact_ids, execution_ids, times)
        # Nearly always all of a row is in the answer, which is told of columns at once.
        if not (
            numbers.stop <= followed
            and walk.stopped.isdisjoint(numbers)
            and artifacts.keys() >= set(artifact_ids)
            and executions.keys() >= set(execution_ids)
        ):
            kept = []
            for event, place in enumerate(nears):
                place += numbers.start
                if place >= number or place in walk.stopped:
                    continue
                ends_there = artifact_ids[event] in artifacts and execution_ids[event] in executions
                if place < followed and ends_there:
                    kept.append(event)
                else:
                    beyond.add(place)
            columns = tuple([column[event] for event in kept] for column in columns)
        for column, more in zip(events, columns, strict=True):
            column += more
    return LineageGraph.model_construct(
        question=question,
        starts=starts,
        artifacts=NodesById(Artifact, artifacts, walk.tables),
        executions=NodesById(Execution, executions, walk.tables),
        events=Events(list(kinds), *events).distinct(),  # a walk both ways meets each twice
        frontier=tuple(
            NodeRef("artifact" if is_artifact else "execution", id_)
            for is_artifact, id_, _ in (nodes[place] for place in sorted(beyond))
        ),
    )


def _columns(graph: LineageGraph) -> tuple[NodesById[Artifact], NodesById[Execution], Events]:
    """The nodes and events of what `_graph` made."""
    artifacts, executions, events = graph.artifacts, graph.executions, graph.events
    assert isinstance(artifacts, NodesById)
    assert isinstance(executions, NodesById)
    assert isinstance(events, Events)
    return artifacts, executions, events


def _found_from_row(row: Row) -> Found:
    """What a row of `cypher/lineage/stream_upstream.cypher`, and its like, tells."""
    properties, is_artifact, stopped = row["properties"], row["is_artifact"], bool(row["stopped"])
    id_ = properties["id"]
    return Found(
        node_from_row(properties, Artifact)
        if is_artifact
        else node_from_row(properties, Execution),
        tuple(
            event_from_row(*((id_, other) if is_artifact else (other, id_)), type_, path, time)
            for other, type_, path, time in row["events"]
            if not stopped
        ),
        stopped,
    )


def _refs(start: Start) -> tuple[NodeRef, ...]:
    """The nodes that a question begins at, each once."""
    refs = tuple(dict.fromkeys(references(start, *_KINDS)))
    if not refs:
        raise InvalidArgument("name at least one artifact or execution to start from")
    return refs


def _values(event_types: Collection[EventType]) -> list[str]:
    return [type_.value for type_ in members(EventType, event_types, "types of events")]


def _ids(artifacts: str, executions: str, refs: Iterable[NodeRef]) -> dict[str, list[int]]:
    by_kind: dict[Kind, list[int]] = {"artifact": [], "execution": [], "context": []}
    for ref in refs:
        by_kind[ref.kind].append(ref.id)
    return {artifacts: by_kind["artifact"], executions: by_kind["execution"]}


def _reachable(start: NodeRef, onward: Mapping[NodeRef, Iterable[NodeRef]]) -> Iterable[NodeRef]:
    reachable, queue = {start}, deque([start])
    while queue:
        for node in onward.get(queue.popleft(), ()):
            if node not in reachable:
                reachable.add(node)
                queue.append(node)
    return reachable
