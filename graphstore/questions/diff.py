"""In what the ancestries of two artifacts differ, and where they first did.

They are walked side by side, from the two artifacts upstream, and aligned by the parts that things
played: who made two artifacts by component (the execution's type), what two executions read by role
(the path of the event); several of one part in order, by index, then by time. So two things have
the same **position** if the same steps lead from them to the two artifacts. Makers are those that
made a thing, not those that passed it on (`graphstore.questions.about.ancestry`).

Two artifacts are the same if they are one node or have one identity (`recording.cache.identity`:
type and contents), unless nothing is known of the contents; two executions if code and parameters
are equal, whatever they read. What has no counterpart in its position is only in a, or only in b;
if the other ancestry has the very same node, and knows no position for it either, what it was made
from is aligned with itself.

The **first divergence**: positions that differ themselves while all that comes right before them is
the same, and from which differences lead down to the two artifacts. Differences behind contents
that came out the same lead nowhere.

The walk is linear. A thing can have many positions - whoever reads it gives it one - and is
compared with as many as `_COUNTERPARTS` others, beyond which only what is new is followed.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal

from graphstore.graph.answer import short_type
from graphstore.lineage.walks import DEFAULT_MAX_NODES, Lineage
from graphstore.model.nodes import Artifact, Execution, NodeRef
from graphstore.model.plain import in_json
from graphstore.model.refs import ArtifactLike, reference
from graphstore.model.values import canonical
from graphstore.printable import Printable
from graphstore.questions.about.ancestry import Ancestry
from graphstore.questions.about.parameters import digests, recorded_parameters
from graphstore.questions.impact import CUT_OFF
from graphstore.questions.page import Answer, Part, Table
from graphstore.recording.cache import Difference, identity
from graphstore.system.renamed import renamed_names

__all__ = ["Diff", "Position", "Status", "diff"]

if not TYPE_CHECKING:  # which sees the new names only
    __getattr__ = renamed_names(__name__, {"Divergence": "Diff", "diff_lineage": "diff"})

Status = Literal["same", "changed", "only in a", "only in b"]

_COUNTERPARTS = 16


@dataclass(frozen=True)
class Position(Printable):
    """What stands in one place of the two ancestries."""

    part: str
    """The part that it played: of an artifact the role, of an execution the component; with an
    index if there are several of it. '' of the two artifacts themselves."""
    a: Artifact | Execution | None
    """What the ancestry of a has there; None if nothing."""
    b: Artifact | Execution | None
    """What the ancestry of b has there; None if nothing."""
    status: Status
    differences: tuple[Difference, ...] = ()
    """In what they differ, where both are there: `was` of a, `now` of b."""
    towards: Position | None = field(default=None, repr=False, compare=False)
    """The position that it leads to, one step nearer to the two artifacts; None of these."""

    @property
    def path(self) -> tuple[str, ...]:
        """The parts from the two artifacts to here, e.g. ``("Trainer", "base_model")``."""
        path, here = [], self
        while here.towards is not None:
            path.append(here.part)
            here = here.towards
        return tuple(reversed(path))

    def to_dict(self) -> dict[str, Any]:
        """It as JSON has it; without the path, which grows with the depth."""
        near = self.towards
        return {
            "part": self.part,
            "of": None if near is None else [_short_ref(near.a), _short_ref(near.b)],
            "a": _short_ref(self.a),
            "b": _short_ref(self.b),
            "type": next(node.type for node in (self.a, self.b) if node is not None),
            "status": self.status,
            "differences": [
                in_json({"part": one.part, "was": one.was, "now": one.now})
                for one in self.differences
            ],
        }

    def __str__(self) -> str:
        node = self.a if self.a is not None else self.b
        assert node is not None
        what = short_type(node.type)
        if self.part and not isinstance(node, Execution):
            what = f"{self.part} ({what})"
        if self.a is not None and self.b is not None:
            ids = list(dict.fromkeys([self.a.ref.short, self.b.ref.short]))
            line = f"{what} {' | '.join(ids)}: {self.status}"
        else:
            line = f"{what} {node.ref.short}: {self.status}"
        return line + "".join(f"\n    {difference}" for difference in self.differences)


@dataclass(frozen=True)
class Diff(Answer):
    """Two ancestries side by side."""

    a: Artifact
    b: Artifact
    positions: tuple[Position, ...]
    """Every position, nearest to the two artifacts first; the first is theirs."""
    first: tuple[Position, ...]
    """Where they first diverge, going downstream, nearest first; empty if a and b are the same."""
    truncated: bool
    """Whether an ancestry was cut by the bound on nodes: more may differ behind that."""

    @cached_property
    def same(self) -> Sequence[Position]:
        """The positions where nothing differs."""
        return self._of("same")

    @cached_property
    def changed(self) -> Sequence[Position]:
        """The positions where both have something, and not the same."""
        return self._of("changed")

    @cached_property
    def only_in_a(self) -> Sequence[Position]:
        """The positions where only the ancestry of a has something."""
        return self._of("only in a")

    @cached_property
    def only_in_b(self) -> Sequence[Position]:
        """The positions where only the ancestry of b has something."""
        return self._of("only in b")

    def _of(self, status: Status) -> Sequence[Position]:
        return [position for position in self.positions if position.status == status]

    def to_dict(self) -> dict[str, Any]:
        """It as JSON has it."""
        return {
            "a": self.a.ref.short,
            "b": self.b.ref.short,
            "first": [position.to_dict() for position in self.first],
            "positions": [position.to_dict() for position in self.positions],
            "truncated": self.truncated,
        }

    @property
    def title(self) -> str:
        """What was compared and how much differs, in one line."""
        names = [f"{short_type(one.type)} {one.ref.short}" for one in (self.a, self.b)]
        counts = f"{len(self.same)} positions are the same, {len(self.changed)} changed"
        for name, only in (("a", self.only_in_a), ("b", self.only_in_b)):
            counts += f", {len(only)} only in {name}"
        return f"a = {names[0]}, b = {names[1]}: {counts}"

    def __str__(self) -> str:
        lines = [self.title]
        if self.first:
            lines += ["", "They first diverge at", *(_indent(one) for one in self.first)]
        if rest := [*self.changed, *self.only_in_a, *self.only_in_b]:
            lines += ["", "What differs, nearest first", *map(_indent, rest[:_PRINTED])]
        if len(rest) > _PRINTED:
            lines.append(f"  and {len(rest) - _PRINTED} more, farther away")
        if self.truncated:
            lines += ["", CUT_OFF]
        return "\n".join(lines)

    def _parts(self) -> tuple[str, Iterable[Part]]:
        tables = [
            Table(
                [_row(position) for position in positions],
                ["what", "a", "b", "status", "differences"],
                heading=heading,
                empty="Nothing differs.",
            )
            for heading, positions in (
                ("They first diverge at", self.first),
                (
                    "What differs, nearest first",
                    [*self.changed, *self.only_in_a, *self.only_in_b],
                ),
            )
        ]
        return self.title, [*tables, *([CUT_OFF] if self.truncated else [])]


_PRINTED = 20


def diff(
    lineage: Lineage,
    a: ArtifactLike,
    b: ArtifactLike,
    *,
    max_nodes: int = DEFAULT_MAX_NODES,
) -> Diff:
    """In what two ancestries differ, and where they first did.

    Args:
        lineage: Walks both.
        a: The artifact that was.
        b: The artifact that is.
        max_nodes: Nodes of each ancestry to look at, the nearest ones.

    Returns:
        What is aligned with what, and how it differs, nearest to the two first; `truncated` says
         whether the bound cut an ancestry.

    Raises:
        NotFound: If there is no such artifact.
        InvalidArgument: If one is no artifact, or the bound is not valid.
    """
    refs = reference(a, "artifact"), reference(b, "artifact")
    sides = [Ancestry(lineage.upstream(ref, max_nodes=max_nodes)) for ref in refs]
    alignment = _Alignment(sides[0], sides[1], refs)
    positions = alignment.positions
    return Diff(
        sides[0].graph.artifacts[refs[0].id],
        sides[1].graph.artifacts[refs[1].id],
        tuple(positions),
        tuple(alignment.first()),
        any(side.is_cut(all_) for side, all_ in zip(sides, alignment.all, strict=True)),
    )


@dataclass(frozen=True)
class _Slot:
    """That something has no counterpart: what, on which side, in which part of which position."""

    side: int
    ref: NodeRef
    part: str
    near: int
    certain: bool
    """Whether the position that it leads to has two sides, of which this one lacks it."""


Pair = tuple[NodeRef, NodeRef]


class _Alignment:
    """Two ancestries, side by side."""

    def __init__(self, a: Ancestry, b: Ancestry, starts: Pair) -> None:
        self._sides = (a, b)
        self.all = tuple(
            side.distances([start]) for side, start in zip(self._sides, starts, strict=True)
        )
        self.positions: list[Position] = []
        self._before: list[list[int]] = []
        """Of each position those right before it."""
        self._pairs: dict[Pair, int] = {}
        self._at: tuple[dict[NodeRef, int], dict[NodeRef, int]] = ({}, {})
        """Of each node the position where it is the same, or else its first."""
        self._uses: tuple[dict[NodeRef, int], ...] = (defaultdict(int), defaultdict(int))
        self._parts: tuple[dict[NodeRef, Mapping[str, Sequence[NodeRef]]], ...] = ({}, {})
        self._slots: deque[_Slot] = deque()
        self._align(starts, "", None)
        while self._slots:
            self._settle(self._slots.popleft())

    def first(self) -> Iterable[Position]:
        """The positions of the first divergence."""
        if self.positions[0].status == "same":
            return
        equal = [self._is_equal(index) for index in range(len(self.positions))]
        visits, queue, last = {0}, deque([0]), 0
        has_first = False
        while queue:
            last = queue.popleft()
            own = self.positions[last].status != "same"
            if own and all(equal[before] for before in self._before[last]):
                has_first = True
                yield self.positions[last]
            for before in self._before[last]:
                if before not in visits and not equal[before]:
                    visits.add(before)
                    queue.append(before)
        if not has_first:  # differences in a circle, made by hand: what is farthest comes first
            yield self.positions[last]

    def _is_equal(self, index: int) -> bool:
        """Whether nothing at a position can make a difference: an execution's inputs count."""
        position = self.positions[index]
        if position.status != "same":
            return False
        if isinstance(position.a, Artifact):
            return True
        return all(self.positions[before].status == "same" for before in self._before[index])

    def _align(self, start: Pair, part: str, near: int | None) -> int:
        """Walk up from two nodes side by side; answers their position."""
        first = self._put(*start, part, near)
        self._pairs[start] = first
        queue = deque([start])
        while queue:
            pair = queue.popleft()
            here = self._pairs[pair]
            fresh = [self._follow(side, ref) for side, ref in enumerate(pair)]
            if not any(fresh):
                continue
            parts = [self._parts_of(side, ref) for side, ref in enumerate(pair)]
            # Where one side was followed often enough, only what the other one has is looked at.
            names = [name for side in (0, 1) if fresh[side] for name in parts[side]]
            for name in dict.fromkeys(names):
                both = [parts[side].get(name, ()) for side in (0, 1)]
                if not all(fresh):
                    (new,) = (side for side in (0, 1) if fresh[side])
                    both[1 - new] = both[1 - new][: len(both[new])]
                for number, (x, y) in enumerate(zip_longest(*both)):
                    label = f"{name}[{number}]" if number else name
                    if x is None or y is None:
                        side = 0 if y is None else 1
                        self._slots.append(_Slot(side, x or y, label, here, certain=True))
                        continue
                    if (x, y) not in self._pairs:
                        self._pairs[x, y] = self._put(x, y, label, here)
                        queue.append((x, y))
                    self._before[here].append(self._pairs[x, y])
        return first

    def _settle(self, slot: _Slot) -> None:
        """Give what has no counterpart its position, and go on behind it."""
        side, ref, near = slot.side, slot.ref, slot.near
        at = self._at[side].get(ref)
        if at is None and ref in self.all[1 - side] and ref not in self._at[1 - side]:
            at = self._align((ref, ref), slot.part, near)
        if at is not None:
            if slot.certain:
                at = self._put_alone(slot)
            self._before[near].append(at)
            return
        at = self._put_alone(slot)
        self._before[near].append(at)
        for name, refs in self._parts_of(side, ref).items():
            for number, before in enumerate(refs):
                label = f"{name}[{number}]" if number else name
                self._slots.append(_Slot(side, before, label, at, certain=False))

    def _follow(self, side: int, ref: NodeRef) -> bool:
        self._uses[side][ref] += 1
        return self._uses[side][ref] <= _COUNTERPARTS

    def _parts_of(self, side: int, ref: NodeRef) -> Mapping[str, Sequence[NodeRef]]:
        """What comes right before a node, by the part that it played, in order."""
        result = self._parts[side].get(ref)
        if result is None:
            ancestry, parts = self._sides[side], defaultdict(list)
            if ref.kind == "artifact":
                for maker in ancestry.makers(ref):
                    parts[short_type(ancestry.graph.executions[maker.id].type)].append(maker)
            else:
                for one in ancestry.reads(ref):
                    parts[one.role or "input"].append(one.artifact)
            result = self._parts[side][ref] = parts
        return result

    def _put(self, x: NodeRef, y: NodeRef, part: str, near: int | None) -> int:
        a, b = self._sides[0].graph.node(x), self._sides[1].graph.node(y)
        differences = () if x == y else tuple(_differences(a, b))
        index = self._append(
            Position(part, a, b, "changed" if differences else "same", differences), near
        )
        for at, ref in zip(self._at, (x, y), strict=True):
            if ref not in at or not differences:
                at[ref] = index
        return index

    def _put_alone(self, slot: _Slot) -> int:
        node = self._sides[slot.side].graph.node(slot.ref)
        position = (
            Position(slot.part, node, None, "only in a")
            if slot.side == 0
            else Position(slot.part, None, node, "only in b")
        )
        index = self._append(position, slot.near)
        self._at[slot.side].setdefault(slot.ref, index)
        return index

    def _append(self, position: Position, near: int | None) -> int:
        towards = None if near is None else self.positions[near]
        object.__setattr__(position, "towards", towards)
        self.positions.append(position)
        self._before.append([])
        return len(self.positions) - 1


def _differences(a: Artifact | Execution, b: Artifact | Execution) -> Iterable[Difference]:
    """In what two nodes of one kind differ; nothing if they are the same."""
    if isinstance(a, Artifact) and isinstance(b, Artifact):
        contents = identity(a)
        if contents is not None and contents == identity(b):
            return
        has_any = False
        for difference in _between(_facts(a), _facts(b)):
            has_any = True
            yield difference
        if not has_any:  # nothing is said of their contents, so nobody knows that they are equal
            yield Difference("artifact", a.ref.short, b.ref.short)
    elif isinstance(a, Execution) and isinstance(b, Execution):
        was, now = _parameters(a), _parameters(b)
        yield from _between(was, now)
        marks = [{f"parameter {name}": v for name, v in digests(one).items()} for one in (a, b)]
        for name in dict.fromkeys([*marks[0], *marks[1]]):
            digest = [one.get(name) for one in marks]
            if digest[0] != digest[1] and canonical(was.get(name)) == canonical(now.get(name)):
                # What is stored of them is the same, and they are not.
                yield Difference(
                    name,
                    {"value": was.get(name), "digest": digest[0]},
                    {"value": now.get(name), "digest": digest[1]},
                )


def _facts(artifact: Artifact) -> dict[str, Any]:
    if artifact.deletion is not None:
        return _of_tombstone(artifact)
    properties = {**artifact.properties, **artifact.custom_properties}
    return {
        "type": artifact.type,
        "digest": artifact.digest,
        "uri": artifact.uri,
        **{f"property {name}": value for name, value in properties.items()},
    }


def _of_tombstone(node: Artifact | Execution) -> dict[str, Any]:
    """What is known of what was deleted; two of them are never the same: nobody knows."""
    return {"type": node.type, "deletion": f"{node.ref.short} {node.deletion}"}


def _parameters(execution: Execution) -> dict[str, Any]:
    if execution.deletion is not None:
        return _of_tombstone(execution)
    return {
        "type": execution.type,
        "code": execution.properties.get("code_version"),
        **{f"parameter {name}": value for name, value in recorded_parameters(execution).items()},
    }


def _between(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[Difference]:
    for name in dict.fromkeys([*was, *now]):
        one, other = was.get(name), now.get(name)
        if canonical(one) == canonical(other):
            continue
        maps = _map(one), _map(other)
        if all(maps):
            was_in, now_in = ({f"{name}.{key}": v for key, v in m.items()} for m in maps if m)
            yield from list(_between(was_in, now_in)) or [Difference(name, one, other)]
        else:
            yield Difference(name, one, other)


def _map(value: Any) -> dict[str, Any] | None:
    """A value that is a map, or text of one in JSON, as TFX has its parameters."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, dict) else None


def _row(position: Position) -> tuple[str, ...]:
    """A position as a row of a table."""
    node = position.a or position.b
    assert node is not None
    what = short_type(node.type)
    if position.part and not isinstance(node, Execution):
        what = f"{position.part} ({what})"
    return (
        what,
        _short_ref(position.a) or "-",
        _short_ref(position.b) or "-",
        position.status,
        "\n".join(map(str, position.differences)),
    )


def _short_ref(node: Artifact | Execution | None) -> str | None:
    return None if node is None else node.ref.short


def _indent(position: Position) -> str:
    towards = ""
    if position.towards is not None:
        near = position.towards.a or position.towards.b
        if near is not None and isinstance(near, Execution):
            towards = f" of {short_type(near.type)} " + " | ".join(
                dict.fromkeys(
                    one.ref.short for one in (position.towards.a, position.towards.b) if one
                )
            )
    head, _, rest = str(position).partition("\n")
    what, _, status = head.rpartition(": ")
    return f"  {what}{towards}: {status}" + (f"\n{rest}" if rest else "")
