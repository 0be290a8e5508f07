"""Nodes and events as the columns that a database answered: what is touched becomes a model.

An answer may have hundreds of thousands, of which most are counted, or followed by their ids.
What is here stands for a dict, a tuple or a list: it is equal to that, and is printed, pickled and
copied as that.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import (
    Collection,
    ItemsView,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    ValuesView,
)
from typing import Any, ClassVar, Generic, TypeVar, cast, overload

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Execution
from graphstore.storage.columns import Columns, node_at, nodes_at, place_of
from graphstore.storage.rows import event_from_row
from graphstore.system.garbage import no_collection

__all__ = ["EventKind", "Events", "NodeList", "NodesById", "OrColumns"]

T = TypeVar("T")
N = TypeVar("N", Artifact, Execution)

EventKind = tuple[str, tuple[str, ...]]
"""The type of an event, and its path as Neo4j has it."""


class NodesById(Mapping[int, N], Generic[N]):
    """Nodes by id, in the order of the answer."""

    __slots__ = ("_places", "_tables", "_touched", "_whole", "model")

    def __init__(
        self, model: type[N], places: Mapping[int, int], tables: Sequence[Columns]
    ) -> None:
        """
        Args:
            model: What they are.
            places: By id, where each is (`place_of`).
            tables: What these places are in; there may be others in it, too.
        """
        self.model: type[N] = model
        self._places, self._tables = dict(places), tables
        self._touched: dict[int, N] = {}
        self._whole: dict[int, N] | None = None

    def __getitem__(self, id_: int) -> N:
        node = self._touched.get(id_)
        if node is None:
            node = node_at(self._places[id_], self._tables, self.model)
            self._touched[id_] = node
        return node

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __reversed__(self) -> Iterator[int]:
        return reversed(self._places)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._places

    def keys(self) -> KeysView[int]:
        """The ids."""
        return self._places.keys()

    def values(self) -> ValuesView[N]:
        """The nodes."""
        return _Values(self)

    def items(self) -> ItemsView[int, N]:
        """Ids and nodes."""
        return _Items(self)

    def whole(self) -> dict[int, N]:
        """All of them as models."""
        if self._whole is None:
            with no_collection():
                nodes = nodes_at(self._places.values(), self._tables, self.model)
                whole = dict(zip(self._places, nodes, strict=True))
            whole.update(self._touched)  # who has touched one has the same
            self._whole = self._touched = whole
        return self._whole

    def copy(self) -> dict[int, N]:
        """The dict that this stands for."""
        return dict(self.whole())

    def only(self, ids: Collection[int]) -> NodesById[N]:
        """Those of these ids, in this order."""
        places = {id_: place for id_, place in self._places.items() if id_ in ids}
        return self._with(places, self._tables)

    def joined(self, others: NodesById[N]) -> NodesById[N]:
        """These, and behind them the others that are not among them."""
        begin = place_of(len(self._tables), 0)
        places = {id_: begin + place for id_, place in others._places.items()}
        return self._with(
            {**self._places, **{id_: place for id_, place in places.items() if id_ not in self}},
            [*self._tables, *others._tables],
        )

    def _with(self, places: Mapping[int, int], tables: Sequence[Columns]) -> NodesById[N]:
        return NodesById(self.model, places, tables)

    def __or__(self, other: Mapping[int, N]) -> dict[int, N]:
        return self.whole() | dict(other) if isinstance(other, Mapping) else NotImplemented

    def __ror__(self, other: Mapping[int, N]) -> dict[int, N]:
        return dict(other) | self.whole() if isinstance(other, Mapping) else NotImplemented

    def __repr__(self) -> str:
        return repr(self.whole())

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (self.whole(),)


class _Values(ValuesView[N]):
    """The nodes; they become models as they are gone through."""

    _mapping: NodesById[N]

    def __iter__(self) -> Iterator[N]:
        return iter(self._mapping.whole().values())


class _Items(ItemsView[int, N]):
    """Ids and nodes; these become models as they are gone through."""

    _mapping: NodesById[N]

    def __iter__(self) -> Iterator[tuple[int, N]]:
        return iter(self._mapping.whole().items())


class _Lazy(Sequence[T]):
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


class Events(_Lazy[Event]):
    """Events, in the order of the answer."""

    __slots__ = ("_columns", "_events", "_kinds")
    _stands_for = tuple

    def __init__(
        self,
        kinds: Sequence[EventKind],
        of_kind: list[int],
        artifact_ids: list[int],
        execution_ids: list[int],
        times: list[Any],
    ) -> None:
        """
        Args:
            kinds: The types and paths that they have.
            of_kind: Which of these each event has.
            artifact_ids: The artifact of each.
            execution_ids: The execution of each.
            times: When each happened, in milliseconds since the Unix epoch; 0 if nobody knows. As
                Neo4j has it, where somebody wrote something else by hand.
        """
        self._kinds = kinds
        self._columns = of_kind, artifact_ids, execution_ids, times
        self._events: tuple[Event, ...] | None = None

    def __len__(self) -> int:
        return len(self._columns[0])

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        if self._events is not None:
            return self._events[index]
        if isinstance(index, slice):
            return tuple(self._event(number) for number in range(len(self))[index])
        return self._event(range(len(self))[index])

    def _event(self, number: int) -> Event:
        kind, artifact_id, execution_id, time = (column[number] for column in self._columns)
        type_, path = self._kinds[kind]
        return event_from_row(artifact_id, execution_id, type_, path, time)

    def whole(self) -> tuple[Event, ...]:
        """All of them as models."""
        if self._events is None:
            with no_collection():
                self._events = tuple(
                    event_from_row(artifact_id, execution_id, *self._kinds[kind], time)
                    for kind, artifact_id, execution_id, time in zip(*self._columns, strict=True)
                )
        return self._events

    def __hash__(self) -> int:  # type: ignore[override]  # as a tuple has one
        return hash(self.whole())

    def joined(self, others: Events) -> Events:
        """These, and behind them the others that are not among them."""
        kinds = list(dict.fromkeys((*self._kinds, *others._kinds)))
        numbers = {kind: number for number, kind in enumerate(kinds)}
        of_kind, *columns = (
            [*ours, *theirs] for ours, theirs in zip(self._columns, others._columns, strict=True)
        )
        for place in range(len(self), len(of_kind)):
            of_kind[place] = numbers[others._kinds[of_kind[place]]]
        return Events(kinds, of_kind, *columns).distinct()

    def distinct(self) -> Events:
        """Each of them once, where it was first."""
        keys = list(zip(*self._columns[:3], strict=True))
        if len(set(keys)) == len(keys):
            return self
        places = {key: place for place, key in reversed([*enumerate(keys)])}
        kept = sorted(places.values())
        return Events(self._kinds, *([column[place] for place in kept] for column in self._columns))


class NodeList(_Lazy[Artifact | Execution]):
    """Artifacts, then executions."""

    __slots__ = ("_artifacts", "_executions")
    _stands_for = list

    def __init__(
        self, artifacts: Mapping[int, Artifact], executions: Mapping[int, Execution]
    ) -> None:
        self._artifacts, self._executions = artifacts, executions

    def __len__(self) -> int:
        return len(self._artifacts) + len(self._executions)

    def whole(self) -> list[Artifact | Execution]:
        """All of them as models."""
        return [*self._artifacts.values(), *self._executions.values()]


class OrColumns:
    """Says of a field that it takes columns as they are, and all else as another type does."""

    def __init__(self, other: Any, columns: type[Any], model: type[Any] | None = None) -> None:
        """
        Args:
            other: The type that says how it is checked, written and described.
            columns: What is taken as it is.
            model: What that must be of, if it may be of several.
        """
        self._other, self._columns, self._model = other, columns, model

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema = handler.generate_schema(self._other)
        return core_schema.no_info_wrap_validator_function(
            lambda value, check: value if self._takes(value) else check(value),
            schema,
            serialization=core_schema.wrap_serializer_function_ser_schema(
                lambda value, write: write(value.whole() if self._takes(value) else value),
                schema=schema,
            ),
        )

    def _takes(self, value: Any) -> bool:
        return isinstance(value, self._columns) and (
            self._model is None or value.model is self._model
        )
