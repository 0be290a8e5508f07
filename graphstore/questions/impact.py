"""Impact: what a bad dataset got into - which models, evaluations and deployments, and whose.

The data reached what is downstream of it, with exceptions, since passing on is not making:

- A CACHED step re-emits what an earlier execution made from inputs of the same contents, so what it
  read with INPUT reached what it re-emits, and all that came of that. What the orchestrator read
  for it (INTERNAL_INPUT, such as its environment) did not: nothing ran in there.
- What a resolver chose (INTERNAL_OUTPUT) has not been made from what the resolver looked at. It is
  reached if it is downstream of the data itself, and not by having been chosen; unless nobody made
  it, and the resolver is all that is known of where it came from. So it is with a decision.
- A deployment that was retired, or that a later push to the same place followed, is not live.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from graphstore.database import Reader, clock
from graphstore.database.queries import QUERIES
from graphstore.graph.answer import LineageGraph, ends, short_type, standing
from graphstore.lineage.walks import DEFAULT_MAX_NODES, Lineage
from graphstore.model.base import copy_with
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import (
    Artifact,
    ArtifactState,
    Context,
    Execution,
    ExecutionState,
    NodeRef,
)
from graphstore.model.plain import in_json
from graphstore.model.refs import ArtifactLike, reference
from graphstore.model.roles import (
    MODEL_ROLES,
    PIPELINE_TYPES,
    RUN_TYPES,
    Role,
    guesses_of,
    roles_of,
)
from graphstore.model.types import Kind
from graphstore.questions.about.pushes import later_pushes, was_pushed
from graphstore.questions.page import Answer, Part, Table
from graphstore.recording.decisions import DEPLOYMENT
from graphstore.storage.rows import node_from_row
from graphstore.storage.types import Types

__all__ = ["CUT_OFF", "Impact", "Others", "Reached", "contexts_of", "impact", "owner_of"]

_ORDER = (Role.DEPLOYMENT, Role.MODEL, Role.EVALUATION)
_SHOWN = 20  # nodes of a path
CUT_OFF = "Cut off: more lies beyond the bound on nodes."
"""What is said of an answer that the bound cut."""
_ENDS = (("retires",),)  # the role in which decisions.Decisions reads what did not last
_NOTHING_CAME_OF_IT = (
    ExecutionState.NEW,
    ExecutionState.FAILED,
    ExecutionState.CANCELED,
    ExecutionState.CACHED,
)


@dataclass(frozen=True)
class Reached:
    """A model, an evaluation or a deployment that the data got into."""

    node: Artifact | Execution
    """It; an execution that evaluates or deploys stands for itself if it made no such artifact."""
    role: Role
    """What it is; never DATA."""
    live: bool
    """Whether it is there: an artifact that is LIVE, an execution that is COMPLETE; a deployment
    that was pushed, that has begun, that nothing replaced and nobody retired, as far as that is
    recorded."""
    runs: tuple[Context, ...]
    """The runs that it belongs to, the first first: also those that only passed it on."""
    pipelines: tuple[Context, ...]
    """The pipelines that it belongs to."""
    actor: str | None = None
    """Who did what it came out of, if that says so, as deployments do."""
    guessed: Literal["", "name", "role"] = ""
    """What suggests its role where its type does not say it: the type's name (``ChurnModel``), or
    that an execution made it as its ``model``. Empty where it is known."""
    planned: bool = False
    """Whether it is a deployment whose time is yet to come."""
    before: Mapping[NodeRef, NodeRef | None] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Of all that was reached the node before it; one map for all of them."""

    @property
    def path(self) -> tuple[NodeRef, ...]:
        """One of the shortest ways there: the data, an execution, an artifact, ..., the node."""
        return tuple(reversed([*_back(self.node.ref, self.before)]))

    @property
    def owners(self) -> tuple[str, ...]:
        """Who started the runs (their property `user`), each once, in their order; the actor."""
        return tuple(dict.fromkeys(filter(None, [*map(owner_of, self.runs), self.actor])))

    def to_dict(self) -> dict[str, Any]:
        """It as JSON has it."""
        return {
            "id": self.node.ref.short,
            "type": self.node.type,
            "role": self.role.value,
            "guessed": self.guessed or None,
            "live": self.live,
            "planned": self.planned,
            "state": self.node.state.value if self.node.state else None,
            "deletion": in_json(self.node.deletion),
            "name": self.node.name,
            "uri": self.node.uri if isinstance(self.node, Artifact) else None,
            "owners": list(self.owners),
            "runs": [{"id": run.ref.short, "name": run.name} for run in self.runs],
            "pipelines": [{"id": one.ref.short, "name": one.name} for one in self.pipelines],
            "path": [ref.short for ref in self.path],
        }


@dataclass(frozen=True)
class Others:
    """What else was reached: nodes of one type, of which nobody knows that they are a model, an
    evaluation or a deployment."""

    kind: Kind
    """Artifacts, or executions that left no artifact."""
    type: str
    nodes: tuple[NodeRef, ...]
    """Which, the nearest first."""

    def __str__(self) -> str:
        return f"{len(self.nodes)} {short_type(self.type)}"

    def to_dict(self) -> dict[str, Any]:
        """It as JSON has it."""
        refs = [ref.short for ref in self.nodes]
        return {"kind": self.kind, "type": self.type, "count": len(refs), "nodes": refs}


@dataclass(frozen=True)
class Impact(Answer):
    """What an artifact got into, each node once."""

    artifact: Artifact
    """What was asked about; not part of the answer."""
    reached: tuple[Reached, ...]
    """Deployments, models, evaluations; of each what is live first, then what is nearest."""
    truncated: bool
    """Whether more lies beyond the bound on nodes."""
    others: tuple[Others, ...] = ()
    """What else was reached, by type, what there is most of first."""

    @property
    def deployments(self) -> Sequence[Reached]:
        """The deployments, those that are live first."""
        return self._of(Role.DEPLOYMENT)

    @property
    def models(self) -> Sequence[Reached]:
        """The models, those that are live first."""
        return self._of(Role.MODEL)

    @property
    def evaluations(self) -> Sequence[Reached]:
        """The evaluations, those that are live first."""
        return self._of(Role.EVALUATION)

    def _of(self, role: Role) -> Sequence[Reached]:
        return [one for one in self.reached if one.role is role]

    def by_owner(self) -> Mapping[str | None, Sequence[Reached]]:
        """What has to be told to whom; None stands for what no owner is recorded of.

        What several started runs of is in the list of each.
        """
        groups: dict[str | None, list[Reached]] = defaultdict(list)
        for one in self.reached:
            for owner in one.owners or (None,):
                groups[owner].append(one)
        return dict(groups)

    def by_context(self) -> Mapping[NodeRef | None, Sequence[Reached]]:
        """What belongs to which run and to which pipeline; None stands for what is of neither."""
        groups: dict[NodeRef | None, list[Reached]] = defaultdict(list)
        for one in self.reached:
            refs = [context.ref for context in (*one.pipelines, *one.runs)]
            for ref in refs or (None,):
                groups[ref].append(one)
        return dict(groups)

    def to_dict(self) -> dict[str, Any]:
        """It as JSON has it."""
        return {
            "artifact": self.artifact.ref.short,
            "type": self.artifact.type,
            "reached": [one.to_dict() for one in self.reached],
            "owners": {
                owner or "": [one.node.ref.short for one in group]
                for owner, group in self.by_owner().items()
            },
            "others": [one.to_dict() for one in self.others],
            "truncated": self.truncated,
        }

    @property
    def title(self) -> str:
        """What was reached, in one line."""
        counts = []
        for role in _ORDER:
            group = self._of(role)
            live = sum(one.live for one in group)
            counts.append(f"{len(group)} {role.value}{'s' * (len(group) != 1)} ({live} live)")
        what = f"{short_type(self.artifact.type)} {self.artifact.ref.short}"
        if not self.reached and self.others:
            return f"{what} reached {self._besides}: whether these are models, nobody said"
        if not self.reached:
            return f"{what} reached no model, no evaluation and no deployment"
        return f"{what} reached {', '.join(counts)}"

    @property
    def _besides(self) -> str:
        return ", ".join(map(str, self.others))

    def __str__(self) -> str:
        lines = [self.title]
        for role in _ORDER:
            if group := self._of(role):
                texts = (_words(one, self.artifact.ref) for one in group)
                lines += ["", f"{role.value}s", *("  " + "  ".join(filter(None, s)) for s in texts)]
        if self.reached and self.others:
            lines += ["", "others", f"  {self._besides}"]
        if self.truncated:
            lines += ["", CUT_OFF]
        return "\n".join(lines)

    def _parts(self) -> tuple[str, Iterable[Part]]:
        tables = [
            Table(
                [_words(one, self.artifact.ref) for one in group],
                ["which", "state", "whose", "where", "a shortest way"],
                heading=f"{role.value}s",
                tones=["good" if one.live else "" for one in group],
            )
            for role in _ORDER
            if (group := self._of(role))
        ]
        if self.others:
            rows = [
                (short_type(one.type), str(len(one.nodes)), _some(one.nodes)) for one in self.others
            ]
            tables.append(Table(rows, ["type", "how many", "which"], heading="others"))
        return self.title, [*tables, *([CUT_OFF] if self.truncated else [])]


def impact(
    database: Reader,
    lineage: Lineage,
    types: Types,
    artifact: ArtifactLike,
    *,
    max_nodes: int = DEFAULT_MAX_NODES,
) -> Impact:
    """What an artifact got into: models, evaluations and deployments, and whose they are.

    Args:
        database: Where to ask.
        lineage: Walks what lies downstream.
        types: Tell what is a model, an evaluation, a deployment.
        artifact: Where to start; an int is its id.
        max_nodes: Nodes downstream to look at, the nearest ones.

    Returns:
        Of each kind what is live first; empty if it reached none. `truncated` says whether the
        bound cut it.

    Raises:
        NotFound: If there is no such artifact.
        InvalidArgument: If it is no artifact, or the bound is not valid.
    """
    start = reference(artifact, "artifact")
    graph = _downstream(database, lineage, start, max_nodes)
    all_types = types.all()
    guesses, roles = guesses_of(all_types), roles_of(all_types)
    closings = _closings(graph, roles)
    before = _walk(graph, start, _products(database, graph), closings)
    as_models = {e.artifact_id for e in graph.events if _makes_a_model(e)}
    standing: list[tuple[Artifact | Execution, Role, Literal["", "name", "role"]]] = []
    others: dict[tuple[Kind, str], list[NodeRef]] = defaultdict(list)
    for ref in before:
        node = graph.node(ref)
        guess: Literal["", "name", "role"] = ""
        if ref == start:
            continue
        role = roles.get(node.type_id)
        if role is None and (role := guesses.get(node.type_id)) is not None:
            guess = "name"
        elif role is None and isinstance(node, Artifact) and node.id in as_models:
            role, guess = Role.MODEL, "role"
        if role in _ORDER:
            both = {**guesses, **roles}
            if isinstance(node, Artifact) or _stands_for_itself(graph, node, role, both):
                standing.append((node, role, guess))
        elif isinstance(node, Artifact) or _left_nothing(graph, node):
            others[ref.kind, node.type].append(ref)
    contexts = contexts_of(
        database, [node.ref for node, *_ in standing], (*RUN_TYPES, *PIPELINE_TYPES)
    )
    deployments = [
        n.ref.id for n, r, _ in standing if r is Role.DEPLOYMENT and isinstance(n, Artifact)
    ]
    former = {NodeRef("artifact", id_) for id_ in later_pushes(database, deployments)}
    now = clock(database)
    over = {
        ref
        for ref, by in closings.items()
        if not all(_is_to_come(graph.executions[one.id], now) for one in by)
    }
    results = []
    for node, role, guess in standing:
        own, does = contexts.get(node.ref, ()), node
        if isinstance(node, Artifact) and (by := before[node.ref]) is not None:
            does = graph.node(by)
        is_planned = (
            node.type == DEPLOYMENT and isinstance(does, Execution) and _is_to_come(does, now)
        )
        results.append(
            Reached(
                node,
                role,
                _live(node) and not is_planned and node.ref not in over and node.ref not in former,
                tuple(one for one in own if one.type in RUN_TYPES),
                tuple(one for one in own if one.type in PIPELINE_TYPES),
                does.properties.get("actor"),
                guess,
                is_planned,
                before,
            )
        )
    # The walk came to them nearest first, and sorting keeps that.
    results.sort(key=lambda one: (_ORDER.index(one.role), not one.live))
    return Impact(
        graph.artifacts[start.id],
        tuple(results),
        any(ref in before for ref in graph.frontier),
        tuple(
            Others(kind, type_, tuple(refs))
            for (kind, type_), refs in sorted(
                others.items(), key=lambda one: (-len(one[1]), one[0])
            )
        ),
    )


def contexts_of(
    database: Reader, refs: Sequence[NodeRef], types: Sequence[str]
) -> Mapping[NodeRef, Sequence[Context]]:
    """The contexts of some types that artifacts and executions belong to, by id."""
    if not refs:
        return {}
    rows = database.rows(
        QUERIES["answers.contexts"],
        artifact_ids=[ref.id for ref in refs if ref.kind == "artifact"],
        execution_ids=[ref.id for ref in refs if ref.kind == "execution"],
        types=list(types),
    )
    by_id: dict[int, Context] = {}  # one object a context, however many nodes belong to it
    for row in rows:
        for one in row["contexts"]:
            if one["id"] not in by_id:
                by_id[one["id"]] = node_from_row(one, Context)
    return {
        NodeRef("artifact" if row["is_artifact"] else "execution", row["id"]): [
            by_id[one["id"]] for one in row["contexts"]
        ]
        for row in rows
    }


def owner_of(run: Context) -> str | None:
    """Who started a run, if it says so."""
    owner = run.properties.get("user", run.custom_properties.get("user"))
    return None if owner is None else str(owner)


def _downstream(database: Reader, lineage: Lineage, start: NodeRef, max_nodes: int) -> LineageGraph:
    """What is downstream of an artifact, and of what CACHED steps that read it passed on.

    A CACHED step is in it only where nothing else leads on: a thousand nights of them take nothing
    of the bound. What a resolver chose is in it, whoever made that.
    """
    starts, steps, events = [start], dict[int, Execution](), list[Event]()
    while True:
        graph = lineage.downstream(starts, max_nodes=max_nodes, event_types=[*EventType])
        rows = []
        if not graph.truncated:
            rows = database.rows(QUERIES["answers.passed_on"], artifact_ids=[*graph.artifacts])
        for row in rows:
            step = node_from_row(row["execution"], Execution)
            steps[step.ref.id] = step
            source, target, by = row["artifact_id"], row["output_id"], step.id
            path = (row["role"],) if row["role"] else ()
            events += [
                Event(type=EventType.INPUT, artifact_id=source, execution_id=by),
                Event(type=EventType.OUTPUT, artifact_id=target, execution_id=by, path=path),
            ]
            starts.append(NodeRef("artifact", target))
        if not rows:
            break
        starts = [*dict.fromkeys(starts)]
    all_events = [*graph.events, *(e for e in events if e.artifact_id in graph.artifacts)]
    return copy_with(
        graph, executions={**graph.executions, **steps}, events=tuple(dict.fromkeys(all_events))
    )


def _products(database: Reader, graph: LineageGraph) -> set[int]:
    """Of the artifacts that a resolver passed on those that somebody made."""
    candidates = {e.artifact_id for e in graph.events if e.type is EventType.INTERNAL_OUTPUT}
    if not candidates:
        return set()
    rows = database.rows(QUERIES["answers.made"], artifact_ids=sorted(filter(None, candidates)))
    return {row["id"] for row in rows}


def _closings(
    graph: LineageGraph, roles: Mapping[int | None, Role]
) -> Mapping[NodeRef, set[NodeRef]]:
    """The deployments that did not last, with the executions that replaced or retired them."""
    closings: dict[NodeRef, set[NodeRef]] = defaultdict(set)
    for event in graph.events:
        source, target = ends(event)
        in_role = event.type is EventType.INPUT and event.path[:1] in _ENDS
        if in_role and roles.get(graph.node(source).type_id) is Role.DEPLOYMENT:
            closings[source].add(target)
    return closings


def _walk(
    graph: LineageGraph,
    start: NodeRef,
    products: set[int],
    closings: Mapping[NodeRef, Collection[NodeRef]],
) -> Mapping[NodeRef, NodeRef | None]:
    """What the data reached, nearest first, each with the node before it on a shortest way."""
    onward: dict[NodeRef, list[NodeRef]] = defaultdict(list)
    read = {ends(event) for event in graph.events if event.type.is_input}
    for event in graph.events:
        source, target = ends(event)
        surroundings = (
            event.type is EventType.INTERNAL_INPUT
            and graph.executions[target.id].state is ExecutionState.CACHED
        )
        is_choice = event.type is EventType.INTERNAL_OUTPUT and (
            target.id in products or (target, source) in read
        )
        if not (surroundings or is_choice or target in closings.get(source, ())):
            onward[source].append(target)
    before: dict[NodeRef, NodeRef | None] = {start: None}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        # What was recorded first goes first: of ways of one length, that through the model itself
        # and not through what an evaluator said of it.
        for target in sorted(onward[here]):
            if target not in before:
                before[target] = here
                queue.append(target)
    return before


def _stands_for_itself(
    graph: LineageGraph, execution: Execution, role: Role, roles: Mapping[int | None, Role]
) -> bool:
    """Whether an execution evaluated or deployed something, and left no artifact that says so."""
    if role is Role.MODEL or execution.state in _NOTHING_CAME_OF_IT:
        return False
    outputs = (graph.artifacts.get(e.artifact_id or 0) for e in graph.outputs_of(execution.ref.id))
    return not any(one is not None and roles.get(one.type_id) is role for one in outputs)


def _makes_a_model(event: Event) -> bool:
    return event.type is EventType.OUTPUT and event.path[:1] in [(role,) for role in MODEL_ROLES]


def _left_nothing(graph: LineageGraph, execution: Execution) -> bool:
    """Whether an execution did something, and no artifact says so."""
    has_result = execution.state not in _NOTHING_CAME_OF_IT
    return has_result and not any(graph.outputs_of(execution.ref.id))


def _some(refs: Sequence[NodeRef]) -> str:
    names = " ".join(ref.short for ref in refs[:_SHOWN])
    return names + (" ..." if len(refs) > _SHOWN else "")


def _is_to_come(execution: Execution, now: datetime) -> bool:
    """Whether its own time is in the future."""
    time = execution.end_time or execution.create_time
    return time is not None and time > now


def _live(node: Artifact | Execution) -> bool:
    if isinstance(node, Execution):
        return node.state is ExecutionState.COMPLETE
    return node.state is ArtifactState.LIVE and was_pushed(node)


def _back(ref: NodeRef, before: Mapping[NodeRef, NodeRef | None]) -> Iterator[NodeRef]:
    here: NodeRef | None = ref
    while here is not None:
        yield here
        here = before.get(here)


def _words(one: Reached, start: NodeRef) -> tuple[str, ...]:
    """It in words: which, its state, whose, in which pipeline and runs, by which way."""
    state = "live" if one.live else standing(one.node) or "no state"
    if not one.live and state == ArtifactState.LIVE.value:
        state = "replaced or retired" if was_pushed(one.node) else "not pushed"
        state = "planned" if one.planned else state
    where = [", ".join(context.name for context in one.pipelines)]
    where += [one.runs[0].name] if one.runs else []
    others = len(one.runs) - 1
    more = f" and {others} other run{'s' * (others > 1)}" if others > 0 else ""
    # Whole paths in a long chain would be work in the square of its length.
    path = [ref.short for ref in islice(_back(one.node.ref, one.before), _SHOWN)]
    if path[-1] != start.short:
        path += ["...", start.short]
    guess = f" (by its {one.guessed})" if one.guessed else ""
    return (
        f"{short_type(one.node.type)} {one.node.ref.short}{guess}",
        state,
        "of " + ", ".join(one.owners) if one.owners else "",
        "in " + " ".join(filter(None, where)) + more if any(where) else "",
        "by " + " ".join(reversed(path)),
    )
