"""What artifacts, executions and contexts have in common as repositories."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from graphstore.database import Database, Row, Runner, Transaction
from graphstore.errors import Conflict, InvalidArgument, NotFound
from graphstore.garbage import no_collection
from graphstore.model.nodes import (
    Artifact,
    ArtifactState,
    Context,
    Execution,
    ExecutionState,
)
from graphstore.model.types import Kind, type_label
from graphstore.queries import QUERIES, Query
from graphstore.repository.filters import Order, Page, Paging, condition, conditions
from graphstore.repository.ids import Ids
from graphstore.repository.rows import node_from_row, node_to_row, same_value
from graphstore.repository.types import Types

__all__ = ["Nodes", "Update", "require"]

N = TypeVar("N", Artifact, Execution, Context)


@dataclass(frozen=True)
class Update:
    """How stored nodes of one kind are updated; `Nodes.how` makes one."""

    fields: frozenset[str] | None = None
    """Only these; None for all that a node says."""
    if_unchanged: bool = False
    """Refuse what somebody changed since it was read."""
    touch: bool = False
    """Set the time of the last update though nothing differs."""
    meaning: Callable[[Any, Any], Any] | None = None
    """What the node given means, made of the stored one and it; None if it means what it says."""


class Nodes(Generic[N]):
    """The nodes of one kind: put, get, list."""

    _model: ClassVar[Any]
    """The model of the kind."""
    _states: ClassVar[type[ArtifactState] | type[ExecutionState] | None] = None
    """The states that nodes of the kind can have."""
    _mask_fields: ClassVar[frozenset[str]] = frozenset(
        ["name", "external_id", "properties", "custom_properties"]
    )
    """The fields that an update may be limited to."""

    def __init__(self, database: Database, types: Types, ids: Ids) -> None:
        self._database, self._types, self._ids = database, types, ids

    @property
    def kind(self) -> Kind:
        """The kind of the nodes."""
        kind: Kind = self._model.kind
        return kind

    def _query(self, verb: str) -> Query:
        return QUERIES[f"{self.kind}.{verb}"]

    def put(
        self, node: N, *, fields: Collection[str] | None = None, if_unchanged: bool = False
    ) -> N:
        """Create a node, or update the one that has its id; see `put_many`."""
        return self.put_many([node], fields=fields, if_unchanged=if_unchanged)[0]

    def put_many(
        self,
        nodes: Iterable[N],
        *,
        fields: Collection[str] | None = None,
        if_unchanged: bool = False,
    ) -> Sequence[N]:
        """Create the nodes without an id, and update those with one: all or none.

        An update replaces all that the node says; what is not given is cleared. Its type, its
        source and when it was created never change, and nothing is written where nothing differs.

        Args:
            nodes: New ones, and ones that were read and then evolved.
            fields: Update only these: names of fields, and ``properties.KEY`` or
                ``custom_properties.KEY`` for single properties. What is in `fields` and not in
                the node is cleared. Nothing to do with new nodes.
            if_unchanged: Update only what still has the `last_update_time` given.

        Returns:
            The nodes as they are stored now, in the order given.

        Raises:
            NotFound: If there is no such type, or no node with one of the ids.
            InvalidProperty: If a property is none that its type declares, or of another kind.
            InvalidArgument: If something else about a node cannot be stored.
            AlreadyExists: If another node has the name (within the type) or the external id.
            Conflict: If somebody changed a node meanwhile, and `if_unchanged` says that matters.
        """
        given = list(nodes)
        updates = [node for node in given if node.id is not None]
        if len({node.id for node in updates}) != len(updates):
            raise InvalidArgument(f"one {self.kind} is given twice; an update happens once")
        how = self.how(fields, if_unchanged=if_unchanged)
        new = [node for node in given if node.id is None]
        # Leased and checked before the transaction begins: it may run twice.
        ids = iter(self._ids.take({self.kind: len(new)})[self.kind])
        rows = [self.row(node, next(ids)) for node in new]

        def create(runner: Runner) -> dict[int, N]:
            created = runner.rows(self._query("create"), **{f"{self.kind}s": rows})
            return _by_id(self._read(created))

        def work(transaction: Transaction) -> dict[int, N]:
            put = self.update(transaction, updates, how)
            return {**put, **create(transaction)} if rows else put

        if updates:
            put = self._database.transact(f"{self.kind}.put", work)
        else:
            put = create(self._database) if rows else {}
        new_ids = (row["id"] for row in rows)
        return [put[next(new_ids) if node.id is None else node.id] for node in given]

    def get(self, id_: int) -> N:
        """The node with this id.

        Raises:
            NotFound: If there is none.
        """
        return self.get_many([id_])[0]

    def get_many(self, ids: Iterable[int], *, missing_ok: bool = False) -> Sequence[N]:
        """The nodes with these ids, in the order asked for; one round trip.

        Args:
            ids: Their ids; one that is given twice is answered twice.
            missing_ok: Whether to leave out ids that nothing has.

        Raises:
            NotFound: If there is none with one of the ids, and not `missing_ok`.
        """
        asked = list(ids)
        rows = self._database.rows(self._query("get"), **{f"{self.kind}_ids": sorted(set(asked))})
        found = _by_id(self._read(rows))
        for id_ in asked:
            if id_ not in found and not missing_ok:
                raise NotFound(self.kind, "id", id_)
        return [found[id_] for id_ in asked if id_ in found]

    def get_by_name(self, type_name: str, name: str, *, type_version: str | None = None) -> N:
        """The node of this name within this type.

        Raises:
            NotFound: If there is none.
        """
        row = self._database.one(
            self._query("get_by_name"),
            type=type_name,
            type_version=type_version or "",
            name=name,
        )
        if row is None:
            raise NotFound(f"{self.kind} of type {type_name!r}", "name", name)
        node: N = node_from_row(row[self.kind], self._model)
        return node

    def get_by_external_id(self, external_id: str) -> N:
        """The node with this id in somebody else's system.

        Raises:
            NotFound: If there is none.
        """
        for node in self.list_by_external_id([external_id]):
            return node
        raise NotFound(self.kind, "external id", external_id)

    def list_by_external_id(self, external_ids: Iterable[str]) -> Sequence[N]:
        """The nodes that have one of these ids in somebody else's system, by id."""
        asked = sorted(set(external_ids))
        return self._read(
            self._database.rows(self._query("get_by_external_id"), external_ids=asked)
        )

    def list(
        self,
        *,
        type: str | None = None,
        type_version: str | None = None,
        context: int | None = None,
        states: Iterable[Any] = (),
        created_since: datetime | None = None,
        created_before: datetime | None = None,
        properties: Mapping[str, Any] | None = None,
        custom_properties: Mapping[str, Any] | None = None,
        filter: str | None = None,
        order_by: Order = "id",
        descending: bool = False,
        limit: int | None = 100,
        after: str | None = None,
    ) -> Page[N]:
        """A page of the nodes that meet every condition given; empty if none does.

        Args:
            type: The name of their type; of every version, unless `type_version` is given.
            type_version: The version of their type; '' for that without one.
            context: The id of a context that they belong to.
            states: States, of which they have one.
            created_since: Not created before this.
            created_before: Created before this.
            properties: Values that their declared properties have.
            custom_properties: Values that their custom properties have.
            filter: A condition in ML Metadata's language of filters, such as
                ``uri LIKE '%.csv' AND contexts_run.name = 'iris'``; see docs/filter.md.
            order_by: `id`, `create_time` or `last_update_time`; equal times are ordered by id.
            descending: Whether the last comes first.
            limit: How many at most, 1 or more; None for all that there are.
            after: The page before this one's `next_page`; all else must be as it was then.

        Raises:
            InvalidArgument: If a value cannot be right, or the filter is none; the message then
                shows where, and why.
        """
        asked = conditions(
            type=type,
            type_version=type_version,
            context=context,
            states=[self._state(state) for state in states],
            created_since=created_since,
            created_before=created_before,
            properties=properties or {},
            custom_properties=custom_properties or {},
        )
        condition_ = None if filter is None else condition(self._database, self.kind, filter)
        paging = Paging(order_by, descending, limit, after, condition_)
        query, parameters = paging.query(self._query("list"), asked)
        return paging.page(self._read(self._database.rows(query, **parameters)), asked)

    def iterate(self, *, limit: int = 1000, **options: Any) -> Iterator[N]:
        """Every node that `list` has with these options, a page of `limit` at a time."""
        page = self.list(limit=limit, **options)
        yield from page
        while page.next_page is not None:
            page = self.list(limit=limit, after=page.next_page, **options)
            yield from page

    def row(self, node: N, id_: int | None = None) -> dict[str, Any]:
        """The row that queries create the node from; its id must have been leased.

        Args:
            node: The node.
            id_: Its id, if it has none yet.

        Raises:
            NotFound: If there is no such type.
            InvalidArgument: If its type or the store does not take it.
        """
        type_ = self._types.find(self.kind, node.type, node.type_version)
        try:
            row = node_to_row(node, type_)
        except InvalidArgument:
            # Somebody may have let the type grow since it was read.
            fresh = self._types.find(self.kind, node.type, node.type_version, fresh=True)
            if fresh == type_:
                raise
            row = node_to_row(node, fresh)
        if id_ is not None:
            row["id"] = id_
        return {"id": row["id"], "label": type_label(node.type), "properties": row}

    def how(
        self,
        fields: Collection[str] | None = None,
        *,
        if_unchanged: bool = False,
        touch: bool = False,
        meaning: Callable[[Any, Any], Any] | None = None,
    ) -> Update:
        """How to update, as `put_many` says it, checked.

        Raises:
            InvalidArgument: If there is no such field.
        """
        mask = None if fields is None else self._mask(fields)
        return Update(mask, if_unchanged, touch, meaning)

    def update(self, transaction: Transaction, nodes: Iterable[N], how: Update) -> dict[int, N]:
        """Update stored nodes within a transaction; two updates of one happen one after the other.

        Returns:
            The nodes as they are stored now, by id.

        Raises:
            As `put_many`.
        """
        updates: dict[int, list[N]] = {}
        for node in nodes:
            assert node.id is not None
            updates.setdefault(node.id, []).append(node)
        locked = transaction.rows(self._query("lock"), **{f"{self.kind}_ids": sorted(updates)})
        stored = _by_id(self._read(locked))
        rows = []
        for id_, given in updates.items():
            if id_ not in stored:
                raise NotFound(self.kind, "id", id_)
            before = after = stored[id_]
            for node in given:
                meant = node if how.meaning is None else how.meaning(after, node)
                after = _updated(after, meant, how.fields)
            row = self._changed(before, after)
            if row is None and not how.touch:
                continue  # also the second attempt of an update whose answer was lost
            if how.if_unchanged and given[0].last_update_time != before.last_update_time:
                raise Conflict(
                    f"{before} was updated at {before.last_update_time}, and you read it as of"
                    f" {given[0].last_update_time}: read it again and repeat the change"
                )
            rows.append(row or self.row(before))
        if rows:
            replaced = transaction.rows(self._query("replace"), **{f"{self.kind}s": rows})
            stored.update(_by_id(self._read(replaced)))
        return stored

    def _changed(self, before: N, after: N) -> dict[str, Any] | None:
        """The row to replace `before` by; None if nothing differs."""
        old, new = self.row(before)["properties"], self.row(after)
        properties = new["properties"]
        if old.keys() == properties.keys() and all(
            same_value(old[key], properties[key]) for key in old
        ):
            return None
        return new

    def _mask(self, fields: Collection[str]) -> frozenset[str]:
        for field in fields:
            name, dot, _ = field.partition(".")
            if name not in self._mask_fields or (dot and not name.endswith("properties")):
                allowed = ", ".join(sorted(self._mask_fields))
                raise InvalidArgument(
                    f"no {self.kind} has a field {field!r} to update; there are {allowed}, and"
                    " properties.KEY and custom_properties.KEY"
                )
        return frozenset(fields)

    def _state(self, state: Any) -> str:
        try:
            if self._states is not None:
                return str(self._states(state).value)
        except ValueError:
            pass
        states = ", ".join(known.value for known in self._states or ()) or "none"
        raise InvalidArgument(f"{state!r} is no state of {self.kind}s; there are {states}")

    @no_collection()
    def _read(self, rows: Iterable[Row]) -> Sequence[N]:
        """The nodes of an answer, whose rows have lists of them."""
        model = self._model
        return [node_from_row(node, model) for row in rows for node in row[f"{self.kind}s"]]


def _by_id(nodes: Iterable[N]) -> dict[int, N]:
    return {node.id: node for node in nodes if node.id is not None}


def _updated(before: N, given: N, mask: frozenset[str] | None) -> N:
    """What `before` becomes when `given` is put.

    Raises:
        InvalidArgument: If they are of different types.
    """
    if (given.type, given.type_version or None) != (before.type, before.type_version):
        raise InvalidArgument(f"{before} cannot become one of type {given.type!r}")
    after = given if mask is None else _masked(before, given, mask)
    return after.evolve(source=before.source, source_id=before.source_id)


def _masked(before: N, given: N, mask: frozenset[str]) -> N:
    """`before` with the fields that `mask` names as they are in `given`."""
    changes: dict[str, Any] = {}
    for field in mask:
        name, dot, key = field.partition(".")
        if not dot:
            changes[name] = getattr(given, name)
        elif name not in mask:  # the whole map wins over a single key of it
            values = changes.setdefault(name, dict(getattr(before, name)))
            values.pop(key, None)
            if key in getattr(given, name):
                values[key] = getattr(given, name)[key]
    return before.evolve(**changes)


def require(runner: Runner, kind: Kind, ids: Iterable[int]) -> None:
    """Refuse ids that no node of this kind has.

    Raises:
        NotFound: For the first of them.
    """
    asked = sorted(set(ids))
    rows = runner.rows(QUERIES[f"{kind}.get"], **{f"{kind}_ids": asked})
    found = {node["id"] for row in rows for node in row[f"{kind}s"]}
    for id_ in asked:
        if id_ not in found:
            raise NotFound(kind, "id", id_)
