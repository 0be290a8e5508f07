"""Nodes as the columns that a database answered: what is touched becomes a model.

What is only counted, or of which a few are picked, need not become models: that takes longer than
to read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, overload

from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.storage.rows import node_reader
from graphstore.system.garbage import no_collection

__all__ = ["Columns", "Listed", "node_at", "nodes_at", "place_of"]

N = TypeVar("N", Artifact, Execution, Context)

Columns = Mapping[str, Sequence[Any]]
"""Properties of nodes that have the same keys: by key, a value a node, as Neo4j has them."""

_ROWS = 1 << 20


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


class Listed(Sequence[N]):
    """The nodes of a list, in its order."""

    __slots__ = ("_model", "_places", "_tables", "_touched")

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
        if isinstance(index, slice):
            return tuple(self[place] for place in range(len(self))[index])
        index = range(len(self))[index]
        if index not in self._touched:
            node = node_at(self._places[index], self._tables, self._model)
            self._touched.setdefault(index, node)  # of threads one is first
        return self._touched[index]

    def __iter__(self) -> Iterator[N]:
        return iter(self.whole())

    def whole(self) -> tuple[N, ...]:
        """All of them as models; of those that somebody has touched the same."""
        with no_collection():
            nodes = list(nodes_at(self._places, self._tables, self._model))
        for index, node in self._touched.copy().items():  # threads may touch more
            nodes[index] = node
        return tuple(nodes)

    def first(self, number: int) -> Listed[N]:
        """The first of them, as many."""
        return Listed(self._model, self._places[:number], self._tables)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Their properties, as Neo4j has them."""
        for place in self._places:
            table, row = divmod(place, _ROWS)
            yield {key: column[row] for key, column in self._tables[table].items()}
