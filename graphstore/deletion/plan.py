"""What a deletion of some nodes comes to, by the rules; it only reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal

from graphstore.database import Database
from graphstore.database.queries import QUERIES
from graphstore.deletion import rules
from graphstore.deletion.report import Part
from graphstore.deletion.rules import Effect, Rule
from graphstore.errors import NotFound
from graphstore.model.nodes import NodeRef
from graphstore.model.roles import PIPELINE_TYPES, RUN_TYPES
from graphstore.model.types import Kind
from graphstore.system.batched import batched

__all__ = ["KINDS", "Plan", "Planner", "Subject"]

KINDS: tuple[Kind, ...] = ("artifact", "execution", "context")
_END = datetime(9999, 12, 31, tzinfo=timezone.utc)
_AT_ONCE = 5_000
"""Nodes that are asked about at once."""
_NAMED = 10
"""Examples that a refusal names."""

Direction = Literal["upstream", "downstream"]
Next = Mapping[NodeRef, Collection[NodeRef]]
"""Of each of some nodes what comes next in a direction."""


@dataclass(frozen=True)
class Subject:
    """What a deletion must know of a node."""

    ref: NodeRef
    type: str
    state: str | None
    """Of a run its status."""
    is_deleted: bool


@dataclass
class Plan:
    """What goes, what stays and what is refused, each by its rule."""

    purge: bool
    planned: datetime
    """The server's time before anything was looked at."""
    runs: set[int] = field(default_factory=set)
    """The runs that were asked for, or are those of pipelines that were."""
    rule_of: dict[NodeRef, Rule] = field(default_factory=dict)
    because: dict[Rule, list[str]] = field(default_factory=lambda: defaultdict(list))
    problems: dict[Rule, list[NodeRef]] = field(default_factory=lambda: defaultdict(list))
    """What is refused, by rule."""
    followers: Mapping[NodeRef, Collection[NodeRef]] = field(default_factory=dict)
    """Of what is to be purged: what was made from it, or belongs to it."""

    def ids(self, kind: Kind, *, rule: Rule | None = None) -> list[int]:
        """The nodes of a kind that go, by id; those of one rule, if that is given."""
        return sorted(
            ref.id
            for ref, own in self.rule_of.items()
            if ref.kind == kind and own.effect is Effect.GOES and rule in (None, own)
        )

    @property
    def going(self) -> set[NodeRef]:
        """All that goes."""
        return {ref for ref, rule in self.rule_of.items() if rule.effect is Effect.GOES}

    def parts(self, effect: Effect) -> list[Part]:
        """The nodes that this becomes of, by rule, in the order of the rules."""
        by_rule: dict[Rule, list[NodeRef]] = defaultdict(list)
        for ref, rule in self.rule_of.items():
            by_rule[rule].append(ref)
        return [
            Part(rule, sorted(by_rule[rule]))
            for rule in rules.RULES
            if rule.effect is effect and rule in by_rule
        ]

    def refusals(self, *effects: Effect) -> list[Part]:
        """What is refused, by rule."""
        return [
            Part(rule, sorted(self.problems[rule]), self.because.get(rule, [])[:_NAMED])
            for rule in rules.RULES
            if rule.effect in effects and self.problems.get(rule)
        ]


class Planner:
    """Finds out what goes with what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, refs: Sequence[NodeRef], *, purge: bool = False, force: bool = False) -> Plan:
        """What deleting these comes to; if it is forced, whatever stands on them.

        Raises:
            NotFound: If one of them is not there.
        """
        subjects, planned = self.look(refs)
        plan = Plan(purge, planned)
        for ref in dict.fromkeys(refs):
            self._decide(plan, subjects[ref], rules.ASKED)
        self._take_runs(plan, subjects)
        self._take_made(plan)
        self._refuse(plan, force)
        return plan

    def look(self, refs: Iterable[NodeRef]) -> tuple[dict[NodeRef, Subject], datetime]:
        """What there is of some nodes, and the server's time before.

        Raises:
            NotFound: If one of them is not there.
        """
        subjects: dict[NodeRef, Subject] = {}
        planned: datetime | None = None
        wanted = list(dict.fromkeys(refs))
        for some in batched(wanted, _AT_ONCE):
            rows = self._database.rows(QUERIES["deletion.subjects"], **_ids(some))
            for row in rows:
                planned = planned or row["now"].to_native()
                for kind, id_, *rest in row["nodes"]:
                    ref = NodeRef(kind, id_)
                    subjects[ref] = Subject(ref, *rest)
        for ref in wanted:
            if ref not in subjects:
                raise NotFound(ref.kind, "id", ref.id, self._hint(ref))
        assert planned is not None or not wanted
        return subjects, planned or datetime.max

    def protected(self) -> set[NodeRef]:
        """What live deployments stand on, and those that are planned: themselves, and all that is
        upstream of them."""
        return set(self.walk("upstream", self._serving()))

    def shown_by(self, plan: Plan) -> int:
        """How many nodes that stay have what goes in their lineage, upstream."""
        going = {ref for ref in plan.going if ref.kind != "context"}
        return len(self.walk("downstream", going).keys() - going)

    def walk(self, direction: Direction, starts: Iterable[NodeRef]) -> Next:
        """All that lies in a direction of some artifacts and executions, by events: of each, these
        included, what comes next.

        Level by level: of thousands of starts most lead to the same.
        """
        edges: dict[NodeRef, set[NodeRef]] = {}
        level = set(starts)
        while level:
            edges.update(self._next(direction, level))
            level = {one for ref in level for one in edges[ref] if one not in edges}
        return edges

    def _next(self, direction: Direction, refs: Iterable[NodeRef]) -> dict[NodeRef, set[NodeRef]]:
        """Of each of some nodes what comes next; of contexts, downstream, what belongs to them."""
        following: dict[NodeRef, set[NodeRef]] = {ref: set() for ref in refs}
        for some in batched(sorted(following), _AT_ONCE):
            ids = _ids(some)
            if direction == "upstream":
                ids.pop("context_ids")
            for row in self._database.rows(QUERIES[f"deletion.next_{direction}"], **ids):
                for kind, id_, next_kind, next_ids in row["next"]:
                    following[NodeRef(kind, id_)].update(NodeRef(next_kind, n) for n in next_ids)
        return following

    def _serving(self) -> set[NodeRef]:
        """What serves, or is to: deployments and pushes."""
        row = self._database.one(QUERIES["deletion.serving"], on=_END, live=True)
        return set() if row is None else {NodeRef("artifact", id_) for id_ in row["ids"]}

    def _protected_of(self, going: set[NodeRef]) -> set[NodeRef]:
        """Which of these nodes something that serves stands on."""
        if not (serving := self._serving()):
            return set()
        leads = self.walk("downstream", (ref for ref in going if ref.kind != "context"))
        comes_from: dict[NodeRef, list[NodeRef]] = defaultdict(list)
        for ref, following in leads.items():
            for one in following:
                comes_from[one].append(ref)
        protected, left = set[NodeRef](), [ref for ref in serving if ref in leads]
        while left:
            ref = left.pop()
            if ref not in protected:
                protected.add(ref)
                left += comes_from[ref]
        return going & protected

    def _hint(self, ref: NodeRef) -> str:
        for row in self._database.rows(QUERIES["deletion.purges"]):
            deletion = row["deletion"]
            if deletion["kind"] == ref.kind and ref.id in deletion["ids"]:
                return f"it was purged on {deletion['_deleted'].to_native().date().isoformat()}"
        return ""

    @staticmethod
    def _decide(plan: Plan, subject: Subject, rule: Rule) -> None:
        """Let a node go, unless it went before: a tombstone can be purged only."""
        gone = subject.is_deleted and not plan.purge
        plan.rule_of.setdefault(subject.ref, rules.DELETED if gone else rule)
        if rule.effect is Effect.GOES and not gone and subject.state == "RUNNING":
            plan.problems[rules.RUNNING].append(subject.ref)

    def _take_runs(self, plan: Plan, subjects: Mapping[NodeRef, Subject]) -> None:
        """Take the runs of pipelines, and the executions of runs that belong to no other run."""
        contexts = [one for ref, one in subjects.items() if ref.kind == "context"]
        pipelines = [one.ref.id for one in contexts if one.type in PIPELINE_TYPES]
        runs = {one.ref.id for one in contexts if one.type in RUN_TYPES}
        types = list(RUN_TYPES)
        if pipelines:
            row = self._database.one(
                QUERIES["deletion.runs_of_pipelines"], context_ids=pipelines, types=types
            )
            assert row is not None
            more, _ = self.look(NodeRef("context", id_) for id_ in row["run_ids"])
            for subject in more.values():
                self._decide(plan, subject, rules.RUN)
            runs.update(row["run_ids"])
        for some in batched([*pipelines, *sorted(runs)], _AT_ONCE):
            rows = self._database.rows(
                QUERIES["deletion.executions_of"],
                context_ids=some,
                types=types,
                with_deleted=plan.purge,
            )
            runs_of = {id_: own for row in rows for id_, own in row["executions"]}
            steps, _ = self.look(NodeRef("execution", id_) for id_ in runs_of)
            for ref, subject in steps.items():
                alone = runs.issuperset(runs_of[ref.id])
                self._decide(plan, subject, rules.STEP if alone else rules.OTHER_RUN)
        plan.runs = runs

    def _take_made(self, plan: Plan) -> None:
        """Take the artifacts that only executions which go have made, and that no other uses."""
        executions = plan.ids("execution")
        going = set(executions)
        for some in batched(executions, _AT_ONCE):
            rows = self._database.rows(
                QUERIES["deletion.made_by"],
                execution_ids=some,
                types=list(RUN_TYPES),
                with_deleted=plan.purge,
                limit=len(executions) + 1,
            )
            for row in rows:
                for id_, users, runs in row["artifacts"]:
                    rule = rules.MADE
                    if not going.issuperset(users):
                        rule = rules.USED
                    elif plan.runs and not plan.runs.issuperset(runs):
                        rule = rules.OTHER_RUN
                    plan.rule_of.setdefault(NodeRef("artifact", id_), rule)

    def _refuse(self, plan: Plan, force: bool) -> None:
        going = plan.going
        if not going:
            return
        if not force:
            plan.problems[rules.DEPLOYED] += self._protected_of(going)
        if plan.purge:
            plan.followers = self._next("downstream", going)
            for ref, followers in plan.followers.items():
                kept = [one for one in followers if one not in going]
                if kept:
                    plan.problems[rules.HISTORY].append(ref)
                    how = "belongs to" if ref.kind == "context" else "was made from"
                    plan.because[rules.HISTORY].append(f"{kept[0].short} {how} {ref.short}")


def _ids(refs: Iterable[NodeRef]) -> dict[str, Any]:
    ids: dict[str, list[int]] = {f"{kind}_ids": [] for kind in KINDS}
    for ref in refs:
        ids[f"{ref.kind}_ids"].append(ref.id)
    return ids
