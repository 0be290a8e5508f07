"""What a deletion of some nodes comes to, by the rules; it only reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from graphstore.database import Database
from graphstore.database.queries import QUERIES
from graphstore.deletion import rules
from graphstore.deletion.report import Part
from graphstore.deletion.rules import Effect, Rule
from graphstore.errors import NotFound
from graphstore.lineage.walks import Lineage
from graphstore.model.nodes import NodeRef
from graphstore.model.roles import PIPELINE_TYPES, RUN_TYPES
from graphstore.model.types import Kind
from graphstore.questions.production import production
from graphstore.recording.decisions import Decisions

__all__ = ["KINDS", "Plan", "Planner", "Subject", "chunks"]

KINDS: tuple[Kind, ...] = ("artifact", "execution", "context")
_AT_ONCE = 5_000
"""Nodes that are asked about at once."""
_NAMED = 10
"""Examples that a refusal names."""

T = TypeVar("T")


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

    def __init__(self, database: Database, lineage: Lineage, decisions: Decisions) -> None:
        self._database, self._lineage, self._decisions = database, lineage, decisions

    def plan(self, refs: Sequence[NodeRef], *, purge: bool = False) -> Plan:
        """What deleting these comes to.

        Raises:
            NotFound: If one of them is not there.
        """
        subjects, planned = self.look(refs)
        plan = Plan(purge, planned)
        for ref in dict.fromkeys(refs):
            self._decide(plan, subjects[ref], rules.ASKED)
        self._take_runs(plan, subjects)
        self._take_made(plan)
        self._refuse(plan)
        return plan

    def look(self, refs: Iterable[NodeRef]) -> tuple[dict[NodeRef, Subject], datetime]:
        """What there is of some nodes, and the server's time before.

        Raises:
            NotFound: If one of them is not there.
        """
        subjects: dict[NodeRef, Subject] = {}
        planned: datetime | None = None
        wanted = list(dict.fromkeys(refs))
        for some in chunks(wanted, _AT_ONCE):
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
        artifacts = {one.artifact.ref for one in production(self._database, self._decisions)}
        deployed = self._decisions.deployments()
        artifacts |= {one.deployment.ref for one in deployed if one.live or one.planned}
        if not artifacts:
            return set()
        ids = self._lineage.ids("upstream", sorted(artifacts), passed_on=True)
        return {
            *(NodeRef("artifact", id_) for id_ in ids.artifacts),
            *(NodeRef("execution", id_) for id_ in ids.executions),
        }

    def shown_by(self, plan: Plan) -> int:
        """How many nodes that stay have what goes in their lineage, upstream."""
        starts = sorted(ref for ref in plan.going if ref.kind != "context")
        seen: set[NodeRef] = set()
        for some in chunks(starts, _AT_ONCE):
            ids = self._lineage.ids("downstream", some, passed_on=True)
            seen.update(NodeRef("artifact", id_) for id_ in ids.artifacts)
            seen.update(NodeRef("execution", id_) for id_ in ids.executions)
        return len(seen.difference(starts))

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
        for some in chunks([*pipelines, *sorted(runs)], _AT_ONCE):
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
        for some in chunks(executions, _AT_ONCE):
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

    def _refuse(self, plan: Plan) -> None:
        going = plan.going
        if not going:
            return
        plan.problems[rules.DEPLOYED] += going & self.protected()
        if plan.purge:
            plan.followers = self._followers(going)
            for ref, followers in plan.followers.items():
                kept = [one for one in followers if one not in going]
                if kept:
                    plan.problems[rules.HISTORY].append(ref)
                    how = "belongs to" if ref.kind == "context" else "was made from"
                    plan.because[rules.HISTORY].append(f"{kept[0].short} {how} {ref.short}")

    def _followers(self, refs: Iterable[NodeRef]) -> dict[NodeRef, set[NodeRef]]:
        followers: dict[NodeRef, set[NodeRef]] = {}
        for some in chunks(sorted(refs), _AT_ONCE):
            for row in self._database.rows(QUERIES["deletion.followers"], **_ids(some)):
                for kind, id_, next_kind, next_ids in row["followers"]:
                    own = followers.setdefault(NodeRef(kind, id_), set())
                    own.update(NodeRef(next_kind, one) for one in next_ids)
        return followers


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values by so many at most."""
    each = iter(values)
    while some := list(islice(each, size)):
        yield some


def _ids(refs: Iterable[NodeRef]) -> dict[str, Any]:
    ids: dict[str, list[int]] = {f"{kind}_ids": [] for kind in KINDS}
    for ref in refs:
        ids[f"{ref.kind}_ids"].append(ref.id)
    return ids
