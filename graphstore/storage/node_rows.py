"""What is written of the nodes of one kind: the rows that queries create and update them from.

It is for what writes within the package; the repositories put by it (`nodes`), and so do batches
and publications (`writing`), each in a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from graphstore.database import Row, Transaction
from graphstore.database.queries import QUERIES, Query
from graphstore.errors import Conflict, Deleted, InvalidArgument, NotFound
from graphstore.model.base import copy_with
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.model.types import Kind, type_label
from graphstore.storage.foreign import refuse_foreign
from graphstore.storage.rows import node_from_row, node_to_row, same_value
from graphstore.storage.types import Types
from graphstore.system.garbage import no_collection

__all__ = ["NodeRows", "Update", "by_id", "rows_by_kind"]

N = TypeVar("N", Artifact, Execution, Context)

_ALL = frozenset(["name", "external_id", "properties", "custom_properties"])
_MASKS: Mapping[Kind, frozenset[str]] = {
    "artifact": _ALL | {"uri", "state"},
    "execution": _ALL | {"state", "start_time", "end_time"},
    "context": _ALL,
}
"""The fields that an update may be limited to."""


@dataclass(frozen=True)
class Update:
    """How stored nodes of one kind are updated; `NodeRows.how` makes one."""

    fields: frozenset[str] | None = None
    """Only these; None for all that a node says."""
    if_unchanged: bool = False
    """Refuse what somebody changed since it was read."""
    touch: bool = False
    """Set the time of the last update though nothing differs."""
    meaning: Callable[[Any, Any], Any] | None = None
    """What the node given means, made of the stored one and it; None if it means what it says."""


class NodeRows(Generic[N]):
    """The nodes of one kind as rows."""

    def __init__(self, model: type[N], types: Types) -> None:
        """For the nodes of a model, of types that are stored."""
        self._model: Any = model
        self._types = types

    @property
    def kind(self) -> Kind:
        """The kind of the nodes."""
        kind: Kind = self._model.kind
        return kind

    def query(self, verb: str) -> Query:
        """The query that does something with nodes of this kind: `create`, `get`, ..."""
        return QUERIES[f"{self.kind}.{verb}"]

    def row(self, node: N, id_: int | None = None) -> dict[str, Any]:
        """The row that queries create the node from; its id must have been leased.

        Args:
            node: The node.
            id_: Its id, if it has none yet.

        Raises:
            NotFound: If there is no such type.
            Deleted: If it is a tombstone.
            InvalidArgument: If its type or the store does not take it.
        """
        if node.deletion is not None:
            raise Deleted(self.kind, node.id, str(node.deletion))
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
            NotFound: If no node has one of the ids.
            ForeignNode: If one was read from another store.
            Deleted: If one of them was deleted.
            InvalidProperty: If a property is none that its type declares, or of another kind.
            InvalidArgument: If something else about a node cannot be stored.
            AlreadyExists: If another node has the name (within the type) or the external id.
            Conflict: If somebody changed a node meanwhile, and `how` says that matters.
        """
        updates: dict[int, list[N]] = {}
        for node in nodes:
            assert node.id is not None
            updates.setdefault(node.id, []).append(node)
        current: dict[int, N] = {}
        if self.kind == "context":
            # Everybody names the same ones, mostly as they are: only who changes one locks it.
            current = self._stored(transaction, "get", updates)
            changes = self._replacements(updates, current, how)
            updates = {row["id"]: updates[row["id"]] for row in changes}
        if updates:
            current |= self._stored(transaction, "lock", updates)
            if rows := self._replacements(updates, current, how):
                replacements = transaction.rows(self.query("replace"), **{f"{self.kind}s": rows})
                current |= by_id(self.read(replacements))
        return current

    def _stored(self, transaction: Transaction, verb: str, ids: Iterable[int]) -> dict[int, N]:
        """The stored nodes with these ids, by id, as a query gives them."""
        ids_by_name = {f"{self.kind}_ids": sorted(ids)}
        return by_id(self.read(transaction.rows(self.query(verb), **ids_by_name)))

    def _replacements(
        self, updates: Mapping[int, Sequence[N]], current: Mapping[int, N], how: Update
    ) -> list[dict[str, Any]]:
        """The rows of what differs from what is stored; `update` says the errors."""
        rows = []
        for id_, versions in updates.items():
            if id_ not in current:
                raise NotFound(self.kind, "id", id_)
            before = after = current[id_]
            refuse_foreign(versions, current)
            for node in versions:
                target = node if how.meaning is None else how.meaning(after, node)
                after = _update(after, target, how.fields)
            row = self._replacement(before, after)
            if row is None and not how.touch:
                continue  # also the second attempt of an update whose answer was lost
            if how.if_unchanged and versions[0].last_update_time != before.last_update_time:
                raise Conflict(
                    f"{before} was updated at {before.last_update_time}, and you read it as of"
                    f" {versions[0].last_update_time}: read it again and repeat the change"
                )
            rows.append(row or self.row(before))
        return rows

    def _replacement(self, before: N, after: N) -> dict[str, Any] | None:
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
            if name not in _MASKS[self.kind] or (dot and not name.endswith("properties")):
                choices = ", ".join(sorted(_MASKS[self.kind]))
                raise InvalidArgument(
                    f"no {self.kind} has a field {field!r} to update; there are {choices}, and"
                    " properties.KEY and custom_properties.KEY"
                )
        return frozenset(fields)

    @no_collection()
    def read(self, rows: Iterable[Row]) -> Sequence[N]:
        """The nodes of an answer, whose rows have lists of them."""
        model = self._model
        return [node_from_row(node, model) for row in rows for node in row[f"{self.kind}s"]]


def by_id(nodes: Iterable[N]) -> dict[int, N]:
    """The nodes by their ids."""
    return {node.id: node for node in nodes if node.id is not None}


def _update(before: N, node: N, mask: frozenset[str] | None) -> N:
    """What `before` becomes when `node` is put.

    Raises:
        InvalidArgument: If they are of different types.
    """
    if (node.type, node.type_version or None) != (before.type, before.type_version):
        raise InvalidArgument(f"{before} cannot become one of type {node.type!r}")
    after = node if mask is None else _update_fields(before, node, mask)
    origin: dict[str, Any] = {"source": before.source, "source_id": before.source_id}
    if isinstance(after, Artifact) and isinstance(before, Artifact):
        # Where a uri led was seen when it was recorded; of another uri nobody has seen it.
        origin["place"] = before.place if after.uri == before.uri else None
    return copy_with(after, **origin)


def _update_fields(before: N, node: N, mask: frozenset[str]) -> N:
    """`before` with the fields that `mask` names as they are in `node`."""
    changes: dict[str, Any] = {}
    for field in mask:
        name, dot, key = field.partition(".")
        if not dot:
            changes[name] = getattr(node, name)
        elif name not in mask:  # the whole map wins over a single key of it
            values = changes.setdefault(name, dict(getattr(before, name)))
            values.pop(key, None)
            if key in getattr(node, name):
                values[key] = getattr(node, name)[key]
    return copy_with(before, **changes)


def rows_by_kind(types: Types) -> Mapping[Kind, NodeRows[Any]]:
    """How the nodes of each kind are written."""
    models: Sequence[Any] = (Artifact, Execution, Context)
    return {model.kind: NodeRows(model, types) for model in models}
