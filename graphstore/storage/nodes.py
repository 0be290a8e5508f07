"""What artifacts, executions and contexts have in common as repositories."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, ClassVar, Generic, TypeVar

from graphstore.database import Database, Runner, Transaction
from graphstore.database.queries import QUERIES, Query
from graphstore.database.spelling import DELETED, PLACE
from graphstore.errors import InvalidArgument, NotFound, brief
from graphstore.model.nodes import (
    Artifact,
    ArtifactState,
    Context,
    Execution,
    ExecutionState,
)
from graphstore.model.refs import ContextLike, NodeLike, node_ids
from graphstore.model.times import KnownAt
from graphstore.model.types import Kind
from graphstore.model.values import members
from graphstore.storage.columns import Listed
from graphstore.storage.ids import Ids
from graphstore.storage.lists import Order, Page, Paging, condition, conditions
from graphstore.storage.node_rows import NodeRows, by_id
from graphstore.storage.rows import EPOCH, as_known, known_at, node_from_row
from graphstore.storage.then import at, not_found
from graphstore.storage.types import Types
from graphstore.system.renamed import renamed_options
from graphstore.system.uris import Uri

__all__ = ["Nodes", "require"]

N = TypeVar("N", Artifact, Execution, Context)


class Nodes(Generic[N]):
    """The nodes of one kind: put, get, list."""

    _model: ClassVar[Any]
    """The model of the kind."""
    _states: ClassVar[type[ArtifactState] | type[ExecutionState] | None] = None
    """The states that nodes of the kind can have."""

    def __init__(self, database: Database, types: Types, ids: Ids) -> None:
        self._database, self._ids = database, ids
        self._rows: NodeRows[N] = NodeRows(self._model, types)

    @property
    def kind(self) -> Kind:
        """The kind of the nodes."""
        kind: Kind = self._model.kind
        return kind

    def put(
        self, node: N, *, fields: Collection[str] | None = None, if_unchanged: bool = False
    ) -> N:
        """Create a node if it has no id, else update the one that has it.

        An update replaces all that the node says; what is not given is cleared. Its type, its
        source and when it was created never change, and nothing is written where nothing differs.

        Args:
            node: A new one, or one that was read and then evolved.
            fields: Update only these: names of fields, and ``properties.KEY`` or
                ``custom_properties.KEY`` for single properties. None for all.
            if_unchanged: Update only what still has the `last_update_time` given.

        Returns:
            The node as it is stored now.

        Raises:
            NotFound: If there is no such type, or no node with the id.
            InvalidProperty: If a property is none that its type declares, or of another kind.
            InvalidArgument: If something else about the node cannot be stored.
            AlreadyExists: If another node has the name (within the type) or the external id.
            Deleted: If one of them was deleted, or what had the external id was.
            Conflict: If somebody changed the node meanwhile, and `if_unchanged` says that matters.
        """
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
            ForeignNode: If one with an id was read from another store: here it is something else's.
            InvalidProperty: If a property is none that its type declares, or of another kind.
            InvalidArgument: If something else about a node cannot be stored.
            AlreadyExists: If another node has the name (within the type) or the external id.
            Deleted: If one of them was deleted, or what had the external id was.
            Conflict: If somebody changed a node meanwhile, and `if_unchanged` says that matters.
        """
        all_nodes = list(nodes)
        for node in all_nodes:
            if not isinstance(node, self._model):
                raise InvalidArgument(
                    f"expected {self._model.__name__} objects (of put_many several in a list),"
                    f" found {brief(node)}"
                )
        updates = [node for node in all_nodes if node.id is not None]
        if len({node.id for node in updates}) != len(updates):
            raise InvalidArgument(f"one {self.kind} is given twice; an update happens once")
        how = self._rows.how(fields, if_unchanged=if_unchanged)
        new = [node for node in all_nodes if node.id is None]
        # Leased and checked before the transaction begins: it may run twice.
        ids = iter(self._ids.take({self.kind: len(new)})[self.kind])
        rows = [self._rows.row(node, next(ids)) for node in new]

        def create(runner: Runner) -> dict[int, N]:
            answer = runner.rows(self._rows.query("create"), **{f"{self.kind}s": rows})
            return by_id(self._rows.read(answer))

        def work(transaction: Transaction) -> dict[int, N]:
            results = self._rows.update(transaction, updates, how)
            return {**results, **create(transaction)} if rows else results

        if updates:
            results = self._database.transact(f"{self.kind}.put", work)
        else:
            results = create(self._database) if rows else {}
        new_ids = (row["id"] for row in rows)
        return [results[next(new_ids) if node.id is None else node.id] for node in all_nodes]

    def get(self, id_: NodeLike, *, as_of: KnownAt | None = None) -> N:
        """The node with this id, or that is named by a text (``"a45"``), a `NodeRef` or itself.

        Args:
            id_: Its id, or what names it otherwise.
            as_of: As the store had it at this time; None for now.

        Raises:
            NotFound: If there is none, or was none then.
            InvalidArgument: If it names no node, or one of another kind, or the time says no zone.
        """
        return self.get_many([id_], as_of=as_of)[0]

    def get_many(
        self,
        ids: NodeLike | Iterable[NodeLike],
        *,
        missing_ok: bool = False,
        as_of: KnownAt | None = None,
    ) -> Sequence[N]:
        """The nodes with these ids, in the order asked for; one round trip.

        Args:
            ids: Their ids, or what names them otherwise; one that is given twice is answered twice.
            missing_ok: Whether to leave out ids that nothing has.
            as_of: As the store had them at this time; None for now.

        Raises:
            NotFound: If there is none with one of the ids, or was none then, and not `missing_ok`.
            InvalidArgument: If one names no node, or one of another kind, or the time says no zone.
        """
        plain_ids = node_ids(ids, self.kind)
        reader = at(self._database, as_of)
        rows = reader.rows(self._rows.query("get"), **{f"{self.kind}_ids": sorted(set(plain_ids))})
        nodes = by_id(self._rows.read(rows))
        for id_ in plain_ids:
            if id_ not in nodes and not missing_ok:
                raise not_found(reader, self.kind, "id", id_)
        return [nodes[id_] for id_ in plain_ids if id_ in nodes]

    def get_by_name(self, type_name: str, name: str, *, type_version: str | None = None) -> N:
        """The node of this name within this type.

        Args:
            type_name: The name of the type.
            name: The name of the node.
            type_version: The version of the type; None for that without one.

        Raises:
            NotFound: If there is none.
        """
        row = self._database.one(
            self._rows.query("get_by_name"),
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
        """The nodes that have one of these ids in somebody else's system, by id; empty if none."""
        distinct_ids = sorted(set(external_ids))
        return self._rows.read(
            self._database.rows(self._rows.query("get_by_external_id"), external_ids=distinct_ids)
        )

    def list(
        self,
        *,
        type: str | None = None,
        type_version: str | None = None,
        context: ContextLike | None = None,
        uri: Uri | None = None,
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
        as_of: KnownAt | None = None,
        deleted: bool = False,
    ) -> Page[N]:
        """A page of the nodes that meet every condition given; empty if none does.

        Args:
            type: The name of their type; of every version, unless `type_version` is given.
            type_version: The version of their type; '' for that without one.
            context: A context that they belong to: itself, its id, ``"c2"``.
            uri: Where they are, however that is spelled (`system.uris.canonical`); artifacts
                only.
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
            as_of: What the store said at this time; None for now. Conditions on what may change -
                state, uri, properties, a filter - are looked at one node after the other then. What
                was deleted since is in the answer as the tombstone that it is now, if it may have
                met them.
            deleted: Whether tombstones are in the answer, too: what was deleted.

        Raises:
            InvalidArgument: If a value cannot be right, or the filter is none; the message then
                shows where, and why.
        """
        if uri is not None and self.kind != "artifact":
            raise InvalidArgument(f"{self.kind}s are nowhere: only artifacts have a uri")
        criteria = conditions(
            type=type,
            type_version=type_version,
            context=context,
            uri=uri,
            states=self._state_values(states),
            created_since=created_since,
            created_before=created_before,
            properties=properties or {},
            custom_properties=custom_properties or {},
        )
        if as_of is not None:
            then = known_at(as_of)
            criteria["deleted_after"] = _EVER if deleted else then
        else:
            then, criteria["deleted_after"] = None, _EVER if deleted else _NEVER
        condition_ = None
        if filter is not None:
            is_past = then is not None
            condition_ = condition(
                self._database, self.kind, filter, order_by=order_by, then=is_past
            )
        paging = Paging(order_by, descending, limit, after, condition_)
        paging = paging.of_context(self._database, self.kind, criteria)
        if then is not None:
            return self._list_then(then, criteria, paging)
        paging = paging.of_time(self._database, self.kind, criteria)
        query, parameters = paging.query(self._rows.query("list"), criteria)
        return paging.page(self._listed(query, parameters), criteria)

    def _listed(self, query: Query, parameters: Mapping[str, Any]) -> Listed[N]:
        rows = self._database.rows(query, **parameters)
        listed: Listed[N] = Listed.of(self._model, (row["nodes"] for row in rows))
        return listed

    def _list_then(self, then: datetime, criteria: dict[str, Any], paging: Paging) -> Page[N]:
        """A page of the nodes that met every condition at a time."""
        criteria["known_at"] = then
        if "context_id" in criteria:
            criteria["context_id_then"] = criteria.pop("context_id")
        query, parameters = paging.query(self._rows.query("list"), criteria, _MAY_CHANGE)
        more = parameters["limit"]
        parameters["limit"] = max(more, _AT_ONCE)
        nodes: list[N] = []
        while True:
            rows = [as_known(row) for row in self._listed(query, parameters).rows()]
            nodes += [node_from_row(row, self._model) for row in rows if _meets(row, criteria)]
            if len(rows) < parameters["limit"] or len(nodes) >= more:
                return paging.page(nodes, criteria)
            last: N = node_from_row(rows[-1], self._model)
            parameters["after_id"] = last.id
            if "after_time" in parameters:
                parameters["after_time"] = getattr(last, paging.order_by) or EPOCH

    @renamed_options(limit="page_size")
    def iterate(self, *, page_size: int = 1000, **options: Any) -> Iterator[N]:
        """Every node that meets every condition given, in order; one query a page.

        Nodes that are put meanwhile are in the answer if they come later in the order.

        Args:
            page_size: How many to read at a time, 1 or more.
            options: The conditions and the order: `type`, `type_version`, `context`, `uri`,
                `states`, `created_since`, `created_before`, `properties`, `custom_properties`,
                `filter`, `order_by`, `descending`, `as_of` and `deleted`, each of which means what
                it does in `list`.

        Yields:
            The nodes, by id unless `order_by` says otherwise.

        Raises:
            InvalidArgument: If a value cannot be right, or the filter is none.
        """
        page = self.list(limit=page_size, **options)
        yield from page
        while page.next_page is not None:
            page = self.list(limit=page_size, after=page.next_page, **options)
            yield from page

    def _state_values(self, states: Any) -> Sequence[str]:
        if self._states is not None:
            return [state.value for state in members(self._states, states, f"{self.kind} states")]
        if states:
            raise InvalidArgument(f"{self.kind}s have no states; found {brief(states)}")
        return []


_EVER = datetime(1, 1, 1, tzinfo=timezone.utc)
_NEVER = datetime(9999, 12, 31, tzinfo=timezone.utc)
_MAY_CHANGE = ("states", "property_values", "uris")
"""Criteria about what a node may have said otherwise at another time."""
_AT_ONCE = 1_000
"""Nodes that are looked at together."""


def _meets(row: Mapping[str, Any], criteria: Mapping[str, Any]) -> bool:
    """Whether a node's properties meet the criteria that are about what may change; of a tombstone
    whether they may have: nobody knows any more."""
    if DELETED in row:
        return True
    uris, states = criteria.get("uris"), criteria.get("states")
    return (
        (states is None or row.get("state") in states)
        and (uris is None or row.get("uri") in uris or row.get(PLACE) in uris)
        and all(
            (value := row.get(one["key"])) == one["value"]
            and isinstance(value, bool) == isinstance(one["value"], bool)
            for one in criteria.get("property_values", ())
        )
    )


def require(runner: Runner, kind: Kind, ids: Iterable[int]) -> None:
    """Refuse ids that no node of this kind has.

    Raises:
        NotFound: For the first of them.
    """
    distinct_ids = sorted(set(ids))
    rows = runner.rows(QUERIES[f"{kind}.get"], **{f"{kind}_ids": distinct_ids})
    known_ids = {node["id"] for row in rows for node in row[f"{kind}s"]}
    for id_ in distinct_ids:
        if id_ not in known_ids:
            raise not_found(runner, kind, "id", id_)
