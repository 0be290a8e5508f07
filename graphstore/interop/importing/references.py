"""Ids of a history that stand within the values of its nodes.

A store gives ids of its own, so ``parent_dag_id`` 12 of a history is another execution here. What
the format knows to be ids is translated, with the original beside it; of other whole numbers that
equal an id of the history nobody knows, and the report names them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphstore.database.spelling import to_key
from graphstore.interop.importing.history import NodeRow, Row
from graphstore.model.types import Kind

__all__ = ["IN_SOURCE", "IdMap", "Numbers", "Reference", "references_of"]

IN_SOURCE = "_in_source"
"""Ends the name of the custom property that keeps the original of a translated id, as text."""
_VALUES = 1_000
"""Different numbers of a property that are looked at."""


class IdMap:
    """The ids that nodes of one kind have in the store, by the whole numbers that they have in
    their history; those are told in ascending order.

    As a rule ids ascend alike in both, so that a few runs stand for any number of nodes.
    """

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._ends: list[int] = []
        self._shifts: list[int] = []

    def add(self, there: int, here: int) -> None:
        """Note a node; none that comes before the last one."""
        shift = here - there
        if self._ends and self._ends[-1] == there and self._shifts[-1] == shift:
            self._ends[-1] += 1
        else:
            self._firsts.append(there)
            self._ends.append(there + 1)
            self._shifts.append(shift)

    def get(self, there: int) -> int | None:
        """The id of a node in the store; None if there is none of that number."""
        place = bisect_right(self._firsts, there) - 1
        if place < 0 or there >= self._ends[place]:
            return None
        return there + self._shifts[place]

    @property
    def is_identity(self) -> bool:
        """Whether all have the same id in both."""
        return not any(self._shifts)


@dataclass(frozen=True)
class Reference:
    """A value of a node that is the id of another."""

    name: str
    key: str
    """Where the node has it."""
    beside: str
    """Where the node keeps the original."""
    kind: Kind
    """That of the other node."""
    there: int
    """Its id in the history."""
    is_text: bool

    def translate(self, row: Row, here: int) -> None:
        """Write the id in the store over the one in the history, in a row for a query."""
        properties = row["properties"]
        properties[self.key] = str(here) if self.is_text else here
        if here == self.there:
            properties.pop(self.beside, None)
        else:
            properties[self.beside] = str(self.there)


def references_of(node: NodeRow, row: Row, known: Mapping[str, Kind]) -> Iterator[Reference]:
    """The values of a node that are ids of others.

    Args:
        node: The node.
        row: The same as a query wants it; what it does not take is left out.
        known: The properties that hold ids, by name: whose they are.
    """
    for name, custom, value in node.properties:
        kind = known.get(name)
        if kind is None or value.__class__ not in (int, str):
            continue
        text = str(value)
        key = to_key(name, custom=custom)
        if text.isascii() and text.isdigit() and int(text) > 0 and key in row["properties"]:
            beside = to_key(name + IN_SOURCE, custom=True)
            yield Reference(name, key, beside, kind, int(text), value.__class__ is str)


@dataclass
class Numbers:
    """Whole numbers of nodes' properties that are not known to be ids."""

    values: dict[tuple[Kind, str], dict[int, int]] = field(default_factory=dict)
    """By kind and property: how often it is which number."""

    def add(self, kind: Kind, node: NodeRow, known: Mapping[str, Kind]) -> None:
        """Note those of a node."""
        for name, _, value in node.properties:
            if value.__class__ is int and value > 0 and name not in known:
                counts = self.values.setdefault((kind, name), {})
                if value in counts or len(counts) < _VALUES:
                    counts[value] = counts.get(value, 0) + 1

    def equal_to(self, ids: Mapping[Kind, IdMap]) -> dict[tuple[Kind, str], int]:
        """How many of each property equal an id of some node of the history."""
        counts = {
            key: sum(
                count
                for number, count in values.items()
                if any(one.get(number) is not None for one in ids.values())
            )
            for key, values in self.values.items()
        }
        return {key: count for key, count in counts.items() if count}
