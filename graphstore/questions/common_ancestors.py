"""Root cause: what the bad ones have in common, and the good ones have not.

Suspects are what the bad ones were made from - artifacts and executions, the environments they ran
in among them - and facts: values of parameters, versions of code, and the git commits of the runs.
Makers count, not those that passed something on (`questions.about.ancestry`); a bad or good
thing is part of its own ancestry, and a run is all that belongs to it. That the only bad one is
bad itself is no news, and left out.

They are ranked by how many of the bad have it, the most first; then by how few of the good have it;
then by how near it is to the bad ones, in events on average. What only one of several bad ones has
is left out, and so is what is no rarer among the good than among the bad: that says nothing. Where
there are no good ones to tell them apart, a fact of a single execution is left out, since that
execution stands for it.

The work is linear in the ancestries, one by one; the database is asked for all of them at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from graphstore.database import Reader
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument
from graphstore.graph.answer import short_type
from graphstore.lineage.walks import DEFAULT_MAX_NODES, Lineage
from graphstore.model.nodes import Artifact, Execution, NodeRef
from graphstore.model.plain import in_json
from graphstore.model.refs import NodeLike, references
from graphstore.model.roles import RUN_TYPES
from graphstore.model.values import canonical
from graphstore.questions.about.ancestry import Ancestry
from graphstore.questions.about.parameters import recorded_parameters
from graphstore.questions.impact import CUT_OFF, contexts_of
from graphstore.questions.page import Answer, Part, Table
from graphstore.storage.then import not_found
from graphstore.system.renamed import renamed_names

__all__ = ["CommonAncestors", "Subjects", "Suspect", "common_ancestors"]

if not TYPE_CHECKING:  # which sees the new names only
    __getattr__ = renamed_names(__name__, {"RootCauses": "CommonAncestors"})

Subjects = NodeLike | Iterable[NodeLike]
"""What is bad or good: one, or several; a bare number is that of an artifact."""

Kind = Literal["artifact", "execution", "parameter", "code", "commit", "changes"]

_ORDER: Sequence[Kind] = ("artifact", "execution", "code", "parameter", "commit", "changes")
_PRINTED = 20


@dataclass(frozen=True)
class Suspect:
    """Something that the bad ones have in common."""

    kind: Kind
    """What it is; `changes` are those that were not committed, by their digest."""
    what: str
    """It in words: ``Clean e4``, ``Trainer rate = 0.1``."""
    node: Artifact | Execution | None
    """The artifact or execution; None of a fact."""
    component: str | None
    """The name of the execution's type that a parameter or code is of."""
    name: str | None
    """The name of the parameter."""
    value: Any
    """The value of the fact; None of a node."""
    bad: tuple[NodeRef, ...]
    """The bad ones that have it."""
    good: tuple[NodeRef, ...]
    """The good ones that have it."""
    distance: float
    """Events from the bad ones to it, on average; 0 is the bad one itself."""

    def to_dict(self) -> dict[str, Any]:
        """It as JSON has it."""
        return {
            "kind": self.kind,
            "what": self.what,
            "id": None if self.node is None else self.node.ref.short,
            "component": self.component,
            "name": self.name,
            "value": in_json(self.value),
            "bad": [ref.short for ref in self.bad],
            "good": [ref.short for ref in self.good],
            "distance": in_json(self.distance),
        }


@dataclass(frozen=True)
class CommonAncestors(Answer):
    """What may have gone wrong, the likeliest first."""

    bad: tuple[NodeRef, ...]
    good: tuple[NodeRef, ...]
    suspects: tuple[Suspect, ...]
    """Empty if the bad ones have nothing in common that tells them from the good ones."""
    truncated: bool
    """Whether an ancestry was cut by the bound on nodes."""

    def to_dict(self) -> dict[str, Any]:
        """It as JSON has it."""
        return {
            "bad": [ref.short for ref in self.bad],
            "good": [ref.short for ref in self.good],
            "suspects": [suspect.to_dict() for suspect in self.suspects],
            "truncated": self.truncated,
        }

    @property
    def title(self) -> str:
        """What was asked and how much was found, in one line."""
        bad, good = len(self.bad), len(self.good)
        question = f"What {bad} bad have in common" if bad > 1 else "What the bad one has"
        if good:
            question += f" and {good} good {'have' if good > 1 else 'has'} not"
        count = len(self.suspects)
        return f"{question}: " + (f"{count} suspect{'s' * (count > 1)}" if count else "nothing")

    def __str__(self) -> str:
        lines = [self.title]
        for one in self.suspects[:_PRINTED]:
            among = ", ".join(filter(None, self._among(one)))
            lines.append(f"  {among}  {one.kind} {one.what}")
        if len(self.suspects) > _PRINTED:
            lines.append(f"  and {len(self.suspects) - _PRINTED} more, less likely")
        if self.truncated:
            lines += ["", CUT_OFF]
        return "\n".join(lines)

    def _among(self, one: Suspect) -> tuple[str, str]:
        """How many of the bad and of the good ones have it."""
        good = f"{len(one.good)} of {len(self.good)} good" if self.good else ""
        return f"{len(one.bad)} of {len(self.bad)} bad", good

    def _parts(self) -> tuple[str, Iterable[Part]]:
        table = Table(
            [(*self._among(one), one.kind, one.what, f"{one.distance:g}") for one in self.suspects],
            ["", "", "kind", "what", "events away"],
            empty="They have nothing in common that tells them apart.",
        )
        return self.title, [table, *([CUT_OFF] if self.truncated else [])]


_Fact = tuple[Kind, str, str, str]
"""Its kind, the component, the name, and the value as text that tells values apart."""


def common_ancestors(
    database: Reader,
    lineage: Lineage,
    bad: Subjects,
    good: Subjects = (),
    *,
    max_nodes: int = DEFAULT_MAX_NODES,
) -> CommonAncestors:
    """What the ancestries of the bad ones share, and those of the good ones do not.

    Args:
        database: Where to ask.
        lineage: Walks the ancestries.
        bad: Artifacts, executions or runs, one or more; an int is an artifact's id.
        good: Likewise, and may be empty.
        max_nodes: Nodes of all ancestries together to look at, the nearest ones.

    Returns:
        The suspects, the likeliest first; empty if nothing is shared.

    Raises:
        NotFound: If there is no such artifact, execution or context.
        InvalidArgument: If none is bad, one is both bad and good, or the bound is not valid.
    """
    sides = [tuple(dict.fromkeys(references(one))) for one in (bad, good)]
    if not sides[0]:
        raise InvalidArgument("name at least one bad artifact, execution or run")
    if both := set(sides[0]) & set(sides[1]):
        raise InvalidArgument(f"{min(both)} cannot be both bad and good")
    starts = {ref: _starts(database, ref) for side in sides for ref in side}
    every = list(dict.fromkeys(ref for refs in starts.values() for ref in refs))
    if not every:  # runs in which nothing happened
        return CommonAncestors(sides[0], sides[1], (), False)
    ancestry = Ancestry(lineage.upstream(every, max_nodes=max_nodes))
    graph = ancestry.graph
    distances = {ref: ancestry.distances(own) for ref, own in starts.items()}
    facts = _Facts(database, graph.executions)
    counts: dict[NodeRef | _Fact, dict[NodeRef, int]] = defaultdict(dict)
    carriers: dict[_Fact, set[NodeRef]] = defaultdict(set)
    for subject, reach in distances.items():
        for ref, hops in reach.items():
            counts[ref][subject] = hops
            for fact in facts.of(ref):
                counts[fact].setdefault(subject, hops)  # the nearest comes first
                carriers[fact].add(ref)
    suspects = []
    for what, having in counts.items():
        in_bad, in_good = (tuple(ref for ref in side if ref in having) for side in sides)
        if len(in_bad) < min(2, len(sides[0])) or (len(in_bad) == 1 and what in starts):
            continue
        if sides[1] and len(in_good) * len(sides[0]) >= len(in_bad) * len(sides[1]):
            continue
        distance = sum(having[ref] for ref in in_bad) / len(in_bad)
        if isinstance(what, NodeRef):
            node = graph.node(what)
            kind: Kind = "artifact" if isinstance(node, Artifact) else "execution"
            name = f"{short_type(node.type)} {what.short}"
            suspects.append(Suspect(kind, name, node, None, None, None, in_bad, in_good, distance))
        elif sides[1] or len(carriers[what]) > 1:
            suspects.append(facts.suspect(what, in_bad, in_good, distance))
    suspects.sort(
        key=lambda one: (-len(one.bad), len(one.good), one.distance, _ORDER.index(one.kind))
    )
    ancestors = {ref for reach in distances.values() for ref in reach}
    return CommonAncestors(sides[0], sides[1], tuple(suspects), ancestry.is_cut(ancestors))


class _Facts:
    """What is said of executions, and of the runs that they are of."""

    def __init__(self, database: Reader, executions: Mapping[int, Execution]) -> None:
        self._executions = executions
        self._runs = contexts_of(database, [e.ref for e in executions.values()], RUN_TYPES)
        self._values: dict[_Fact, Any] = {}
        self._facts: dict[NodeRef, Sequence[_Fact]] = {}

    def of(self, ref: NodeRef) -> Sequence[_Fact]:
        """The facts of a node; artifacts have none."""
        if ref.kind != "execution":
            return ()
        if ref not in self._facts:
            facts = []
            for kind, component, name, value in self._facts_of(ref):
                fact: _Fact = (kind, component, name, canonical(value))
                self._values[fact] = value
                facts.append(fact)
            self._facts[ref] = facts
        return self._facts[ref]

    def _facts_of(self, ref: NodeRef) -> Iterator[tuple[Kind, str, str, Any]]:
        execution = self._executions[ref.id]
        if (code := execution.properties.get("code_version")) is not None:
            yield "code", execution.type, "", code
        for name, value in recorded_parameters(execution).items():
            yield "parameter", execution.type, name, value
        for run in self._runs.get(ref, ()):
            if (commit := run.properties.get("git_commit")) is not None:
                yield "commit", "", "", commit
            if (changes := run.properties.get("git_diff")) is not None:
                yield "changes", "", "", changes

    def suspect(
        self,
        fact: _Fact,
        bad: tuple[NodeRef, ...],
        good: tuple[NodeRef, ...],
        distance: float,
    ) -> Suspect:
        """A fact as a suspect."""
        kind, component, name, _ = fact
        value, text = self._values[fact], " ".join(str(self._values[fact]).split())
        text = text if len(text) <= 100 else text[:97] + "..."
        words = " ".join(filter(None, [short_type(component), name]))
        what = f"{words} = {text}" if name else f"{words} {text}".strip()
        return Suspect(
            kind, what, None, component or None, name or None, value, bad, good, distance
        )


def _starts(database: Reader, ref: NodeRef) -> Sequence[NodeRef]:
    """Where the ancestry of a bad or a good one begins.

    Raises:
        NotFound: If there is no such context.
    """
    if ref.kind != "context":
        return [ref]
    members = database.one(QUERIES["context.members"], context_id=ref.id)
    if members is None:
        raise not_found(database, "context", "id", ref.id)
    return [
        *(NodeRef("artifact", id_) for id_ in members["artifact_ids"]),
        *(NodeRef("execution", id_) for id_ in members["execution_ids"]),
    ]
