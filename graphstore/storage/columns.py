"""Nodes as the columns that a database answered; what stands for a list until it is touched.

What is only counted, or of which a few are picked, need not become models: that takes longer than
to read it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar, cast, overload

from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.storage.rows import node_reader
from graphstore.system.garbage import no_collection

__all__ = ["Columns", "Lazy", "Listed", "node_at", "nodes_at", "place_of"]

T = TypeVar("T")
N = TypeVar("N", Artifact, Execution, Context)

Columns = Mapping[str, Sequence[Any]]
"""Properties of nodes that have the same keys: by key, a value a node, as Neo4j has them."""

_ROWS = 1 << 20


class Lazy(Sequence[T]):
    """A sequence that stands for a list or a tuple."""

    __slots__ = ()
    _stands_for: ClassVar[type]

    @abstractmethod
    def whole(self) -> Sequence[T]:
        """The list or the tuple."""

    def __iter__(self) -> Iterator[T]:
        return iter(self.whole())

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self.whole()[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (type(self), self._stands_for)):
            return NotImplemented
        return bool(self.whole() == self._stands_for(other))

    __hash__ = None  # type: ignore[assignment]  # as a list has none

    def __add__(self, other: Sequence[T]) -> Sequence[T]:
        if not isinstance(other, (type(self), self._stands_for)):
            return NotImplemented
        return cast(Sequence[T], self._stands_for([*self, *other]))

    def __radd__(self, other: Sequence[T]) -> Sequence[T]:
        if not isinstance(other, self._stands_for):
            return NotImplemented
        return cast(Sequence[T], self._stands_for([*other, *self]))

    def __repr__(self) -> str:
        return repr(self.whole())

    def __reduce__(self) -> tuple[Any, ...]:
        return self._stands_for, (list(self),)


def place_of(table: int, row: int) -> int:
    """Where a node is: in which of several tables, and in which row of it."""
    return table * _ROWS + row


def node_at(place: int, tables: Sequence[Columns], model: type[N]) -> N:
    """The node at a place."""
    table, row = divmod(place, _ROWS)
    columns = tables[table]
    node: N = node_reader(tuple(columns), model)(column[row] for column in columns.values())
    return node


def nodes_at(places: Iterable[int], tables: Sequence[Columns], model: type[N]) -> Iterator[N]:
    """The nodes at these places, one after the other: what each costs by itself is paid once."""
    readers: dict[int, tuple[Callable[[Iterable[Any]], N], Sequence[tuple[Any, ...]]]] = {}
    for place in places:
        table, row = divmod(place, _ROWS)
        if table not in readers:
            columns = tables[table]
            values = list(zip(*columns.values(), strict=True))
            readers[table] = node_reader(tuple(columns), model), values
        read, rows = readers[table]
        yield read(rows[row])


class Listed(Lazy[N]):
    """The nodes of a list, in its order."""

    __slots__ = ("_model", "_nodes", "_places", "_tables", "_touched")
    _stands_for = tuple

    def __init__(self, model: type[N], places: Sequence[int], tables: Sequence[Columns]) -> None:
        """
        Args:
            model: What they are.
            places: Where each is (`place_of`).
            tables: What these places are in.
        """
        self._model: type[N] = model
        self._places, self._tables = places, tables
        self._touched: dict[int, N] = {}
        self._nodes: tuple[N, ...] | None = None

    @classmethod
    def of(cls, model: type[N], answer: Iterable[Sequence[Any]]) -> Listed[N]:
        """Those of an answer, as `columns` of `scripts/queries/fragments/nodes.cypher` has it.

        Args:
            model: What they are.
            answer: Of each of its rows the nodes: of those that have the same keys their places in
                the row, the keys, and a column for each key.
        """
        places: list[int] = []
        tables: list[Columns] = []
        for row in answer:
            here = [0] * sum(len(at) for at, _, _ in row)
            for at, keys, columns in row:
                for number, place in enumerate(at, place_of(len(tables), 0)):
                    here[place] = number
                tables.append(dict(zip(keys, columns, strict=True)))
            places += here
        return cls(model, places, tables)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> N: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[N]: ...
    def __getitem__(self, index: int | slice) -> N | Sequence[N]:
        if self._nodes is not None:
            return self._nodes[index]
        if isinstance(index, slice):
            return tuple(self[place] for place in range(len(self))[index])
        index = range(len(self))[index]
        if (node := self._touched.get(index)) is None:
            place = self._places[index]
            node = self._touched[index] = node_at(place, self._tables, self._model)
        return node

    def __hash__(self) -> int:  # type: ignore[override]  # as a tuple has one
        return hash(self.whole())

    def whole(self) -> tuple[N, ...]:
        """All of them as models."""
        if self._nodes is None:
            with no_collection():
                nodes = list(nodes_at(self._places, self._tables, self._model))
            for index, node in self._touched.items():
                nodes[index] = node  # who has touched one has the same
            self._nodes = tuple(nodes)
        return self._nodes

    def first(self, number: int) -> Listed[N]:
        """The first of them, as many."""
        return Listed(self._model, self._places[:number], self._tables)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Their properties, as Neo4j has them."""
        for place in self._places:
            table, row = divmod(place, _ROWS)
            yield {key: column[row] for key, column in self._tables[table].items()}
