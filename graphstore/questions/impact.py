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
from itertools import islice
from typing import Any

from graphstore.database import Database
from graphstore.errors import InvalidArgument
from graphstore.graph import LineageGraph, ends, short_type
from graphstore.lineage import DEFAULT_MAX_NODES, Lineage
from graphstore.model.edges import EventType
from graphstore.model.nodes import (
    Artifact,
    ArtifactState,
    Context,
    Execution,
    ExecutionState,
    NodeRef,
)
from graphstore.queries import QUERIES
from graphstore.questions.facts import Subject, reference
from graphstore.questions.page import Answer, Part, Table
from graphstore.questions.pushes import followed, pushed
from graphstore.questions.roles import PIPELINE_TYPES, RUN_TYPES, Role, roles_of
from graphstore.repository.rows import node_from_row
from graphstore.repository.types import Types

__all__ = ["CUT_OFF", "Impact", "Reached", "artifact_ref", "contexts_of", "impact", "owner_of"]

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
    that was pushed, that nothing replaced and nobody retired, as far as that is recorded."""
    runs: tuple[Context, ...]
    """The runs that it belongs to, the first first: also those that only passed it on."""
    pipelines: tuple[Context, ...]
    """The pipelines that it belongs to."""
    actor: str | None = None
    """Who did what it came out of, if that says so, as deployments do."""
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
            "live": self.live,
            "state": self.node.state.value if self.node.state else None,
            "name": self.node.name,
            "uri": self.node.uri if isinstance(self.node, Artifact) else None,
            "owners": list(self.owners),
            "runs": [{"id": run.ref.short, "name": run.name} for run in self.runs],
            "pipelines": [{"id": one.ref.short, "name": one.name} for one in self.pipelines],
            "path": [ref.short for ref in self.path],
        }


@dataclass(frozen=True)
class Impact(Answer):
    """What an artifact got into, each node once."""

    artifact: Artifact
    """What was asked about; not part of the answer."""
    reached: tuple[Reached, ...]
    """Deployments, models, evaluations; of each what is live first, then what is nearest."""
    truncated: bool
    """Whether more lies beyond the bound on nodes."""

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
        if not self.reached:
            return f"{what} reached no model, no evaluation and no deployment"
        return f"{what} reached {', '.join(counts)}"

    def __str__(self) -> str:
        lines = [self.title]
        for role in _ORDER:
            if group := self._of(role):
                said = (_said(one, self.artifact.ref) for one in group)
                lines += ["", f"{role.value}s", *("  " + "  ".join(filter(None, s)) for s in said)]
        if self.truncated:
            lines += ["", CUT_OFF]
        return "\n".join(lines)

    def _parts(self) -> tuple[str, Iterable[Part]]:
        tables = [
            Table(
                [_said(one, self.artifact.ref) for one in group],
                ["which", "state", "whose", "where", "a shortest way"],
                heading=f"{role.value}s",
                tones=["good" if one.live else "" for one in group],
            )
            for role in _ORDER
            if (group := self._of(role))
        ]
        return self.title, [*tables, *([CUT_OFF] if self.truncated else [])]


def impact(
    database: Database,
    lineage: Lineage,
    types: Types,
    artifact: Subject,
    *,
    max_nodes: int = DEFAULT_MAX_NODES,
) -> Impact:
    """What an artifact got into; see `graphstore.store.Store.impact`."""
    start = artifact_ref(artifact)
    graph = lineage.downstream(start, max_nodes=max_nodes)
    roles = roles_of(types.all())
    ended = _ended(graph, roles)
    before = _walk(graph, start, _made(database, graph), ended)
    standing: list[tuple[Artifact | Execution, Role]] = []
    for ref in before:
        node = graph.node(ref)
        role = roles.get(node.type_id)
        if ref == start or role not in _ORDER:
            continue
        if isinstance(node, Artifact) or _stands_for_itself(graph, node, role, roles):
            standing.append((node, role))
    contexts = contexts_of(
        database, [node.ref for node, _ in standing], (*RUN_TYPES, *PIPELINE_TYPES)
    )
    deployed = [n.ref.id for n, r in standing if r is Role.DEPLOYMENT and isinstance(n, Artifact)]
    replaced = {NodeRef("artifact", id_) for id_ in followed(database, deployed)}
    reached = []
    for node, role in standing:
        own, does = contexts.get(node.ref, ()), node
        if isinstance(node, Artifact) and (by := before[node.ref]) is not None:
            does = graph.node(by)
        reached.append(
            Reached(
                node,
                role,
                _live(node) and node.ref not in ended and node.ref not in replaced,
                tuple(one for one in own if one.type in RUN_TYPES),
                tuple(one for one in own if one.type in PIPELINE_TYPES),
                does.properties.get("actor"),
                before,
            )
        )
    # The walk came to them nearest first, and sorting keeps that.
    reached.sort(key=lambda one: (_ORDER.index(one.role), not one.live))
    return Impact(
        graph.artifacts[start.id], tuple(reached), any(ref in before for ref in graph.frontier)
    )


def artifact_ref(artifact: Subject) -> NodeRef:
    """Which artifact is meant.

    Raises:
        InvalidArgument: If it is none.
    """
    ref = reference(artifact)
    if ref.kind != "artifact":
        raise InvalidArgument(f"{ref} is no artifact: name one that it read or made, e.g. a45")
    return ref


def contexts_of(
    database: Database, refs: Sequence[NodeRef], types: Sequence[str]
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
    known: dict[int, Context] = {}  # one object a context, however many nodes belong to it
    for row in rows:
        for one in row["contexts"]:
            if one["id"] not in known:
                known[one["id"]] = node_from_row(one, Context)
    return {
        NodeRef("artifact" if row["is_artifact"] else "execution", row["id"]): [
            known[one["id"]] for one in row["contexts"]
        ]
        for row in rows
    }


def owner_of(run: Context) -> str | None:
    """Who started a run, if it says so."""
    owner = run.properties.get("user", run.custom_properties.get("user"))
    return None if owner is None else str(owner)


def _made(database: Database, graph: LineageGraph) -> set[int]:
    """Of the artifacts that a resolver passed on those that somebody made."""
    chosen = {e.artifact_id for e in graph.events if e.type is EventType.INTERNAL_OUTPUT}
    if not chosen:
        return set()
    rows = database.rows(QUERIES["answers.made"], artifact_ids=sorted(filter(None, chosen)))
    return {row["id"] for row in rows}


def _ended(graph: LineageGraph, roles: Mapping[int | None, Role]) -> Mapping[NodeRef, set[NodeRef]]:
    """The deployments that did not last, with the executions that replaced or retired them."""
    ended: dict[NodeRef, set[NodeRef]] = defaultdict(set)
    for event in graph.events:
        source, target = ends(event)
        in_role = event.type is EventType.INPUT and event.path[:1] in _ENDS
        if in_role and roles.get(graph.node(source).type_id) is Role.DEPLOYMENT:
            ended[source].add(target)
    return ended


def _walk(
    graph: LineageGraph,
    start: NodeRef,
    made: set[int],
    ended: Mapping[NodeRef, Collection[NodeRef]],
) -> Mapping[NodeRef, NodeRef | None]:
    """What the data reached, nearest first, each with the node before it on a shortest way."""
    onward: dict[NodeRef, list[NodeRef]] = defaultdict(list)
    for event in graph.events:
        source, target = ends(event)
        surroundings = (
            event.type is EventType.INTERNAL_INPUT
            and graph.executions[target.id].state is ExecutionState.CACHED
        )
        chosen = event.type is EventType.INTERNAL_OUTPUT and target.id in made
        if not (surroundings or chosen or target in ended.get(source, ())):
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
    made = (graph.artifacts.get(e.artifact_id or 0) for e in graph.outputs_of(execution.ref.id))
    return not any(one is not None and roles.get(one.type_id) is role for one in made)


def _live(node: Artifact | Execution) -> bool:
    if isinstance(node, Execution):
        return node.state is ExecutionState.COMPLETE
    return node.state is ArtifactState.LIVE and pushed(node)


def _back(ref: NodeRef, before: Mapping[NodeRef, NodeRef | None]) -> Iterator[NodeRef]:
    here: NodeRef | None = ref
    while here is not None:
        yield here
        here = before.get(here)


def _said(one: Reached, start: NodeRef) -> tuple[str, ...]:
    """It in words: which, its state, whose, in which pipeline and runs, by which way."""
    state = "live" if one.live else one.node.state.value if one.node.state else "no state"
    if not one.live and state == ArtifactState.LIVE.value:
        state = "replaced or retired" if pushed(one.node) else "not pushed"
    where = [", ".join(context.name for context in one.pipelines)]
    where += [one.runs[0].name] if one.runs else []
    others = len(one.runs) - 1
    more = f" and {others} other run{'s' * (others > 1)}" if others > 0 else ""
    # Whole paths in a long chain would be work in the square of its length.
    path = [ref.short for ref in islice(_back(one.node.ref, one.before), _SHOWN)]
    if path[-1] != start.short:
        path += ["...", start.short]
    return (
        f"{short_type(one.node.type)} {one.node.ref.short}",
        state,
        "of " + ", ".join(one.owners) if one.owners else "",
        "in " + " ".join(filter(None, where)) + more if any(where) else "",
        "by " + " ".join(reversed(path)),
    )
