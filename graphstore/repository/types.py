"""Types: what artifacts, executions and contexts may say."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar, cast

from graphstore.database import Database, Transaction
from graphstore.errors import NotFound
from graphstore.model.types import (
    Kind,
    Type,
    grow,
)
from graphstore.queries import QUERIES
from graphstore.repository.ids import Ids
from graphstore.repository.rows import TYPES, type_from_row, type_to_row

__all__ = ["Types"]

T = TypeVar("T", bound=Type)


class Types:
    """The types of a store. What was read is kept: a type only ever grows."""

    def __init__(self, database: Database, ids: Ids) -> None:
        self._database, self._ids = database, ids
        self._known: dict[tuple[Kind, str, str | None], Type] = {}

    def put(self, type_: T, *, can_add_fields: bool = False, can_omit_fields: bool = False) -> T:
        """Create a type, or let it grow.

        A type is identified by its kind, name and version. Putting what is there already changes
        nothing; nothing that a type declares is ever removed.

        Args:
            type_: The type; its `id` and `create_time` are ignored.
            can_add_fields: Whether it may declare properties that the stored one does not.
            can_omit_fields: Whether it may leave out properties that the stored one declares.

        Returns:
            The type as it is stored now.

        Raises:
            AlreadyExists: If the stored one differs in more than that, or another type has the
                external id.
            FailedPrecondition: If the stored one has another base type.
            InvalidArgument: If a name is too long to be indexed.
        """
        (id_,) = self._ids.take({"type": 1})["type"]
        row = type_to_row(type_.evolve(id=id_))

        def work(transaction: Transaction) -> T:
            stored = _put(transaction, type_.kind, row)
            if stored.id == id_:
                return cast(T, stored)
            grown = grow(
                cast(T, stored),
                type_,
                can_add_fields=can_add_fields,
                can_omit_fields=can_omit_fields,
            )
            if grown != stored:
                transaction.run(
                    QUERIES["type.replace"], type_id=stored.id, properties=type_to_row(grown)
                )
            return grown

        put = self._database.transact("type.put", work)
        if put.id != id_:
            self._ids.give_back("type", [id_])
        self._remember(put)
        return put

    def get(self, model: type[T], name: str, version: str | None = None) -> T:
        """The type of this kind, name and version; without a version, the one that has none.

        Raises:
            NotFound: If there is none; the text names similar ones.
        """
        return cast(T, self.find(model.kind, name, version, fresh=True))

    def get_many(self, ids: Iterable[int]) -> Sequence[Type]:
        """Types of any kind by id, in the order asked for.

        Raises:
            NotFound: If no type has one of the ids.
        """
        asked = list(ids)
        rows = self._database.rows(QUERIES["type.get_by_id"], type_ids=sorted(set(asked)))
        found = {type_.id: type_ for type_ in (type_from_row(row["type"]) for row in rows)}
        for id_ in asked:
            if id_ not in found:
                raise NotFound("type", "id", id_)
        return [found[id_] for id_ in asked]

    def get_by_external_id(self, model: type[T], external_id: str) -> T:
        """The type of this kind with this id in somebody else's system.

        Raises:
            NotFound: If there is none.
        """
        row = self._database.one(
            QUERIES["type.get_by_external_id"], kind=model.kind, external_ids=[external_id]
        )
        if row is None:
            raise NotFound(f"{model.kind} type", "external id", external_id)
        return cast(T, type_from_row(row["type"]))

    def list(self, model: type[T], *, base_types: bool = False) -> Sequence[T]:
        """Every type of a kind, by id.

        Args:
            model: `ArtifactType`, `ExecutionType` or `ContextType`.
            base_types: Whether the base types (``mlmd.Dataset``, ...) are part of the answer.
        """
        types = self.all(model.kind)
        return [cast(T, t) for t in types if base_types or not t.name.startswith("mlmd.")]

    def all(self, kind: Kind | None = None) -> Sequence[Type]:
        """Every type of one kind, or of all kinds, by id; the base types too."""
        asked = {} if kind is None else {"kind": kind}
        types = [
            type_from_row(row["type"]) for row in self._database.rows(QUERIES["type.list"], **asked)
        ]
        for type_ in types:
            self._remember(type_)
        return types

    def find(
        self, kind: Kind, name: str, version: str | None = None, *, fresh: bool = False
    ) -> Type:
        """The type of this kind, name and version; as read before, unless `fresh`.

        Raises:
            NotFound: If there is none; the text names similar ones.
        """
        version = version or None
        known = None if fresh else self._known.get((kind, name, version))
        if known is not None:
            return known
        row = self._database.one(
            QUERIES["type.get"], kind=kind, type=name, type_version=version or ""
        )
        if row is None:
            raise NotFound(
                f"{kind} type",
                "name",
                f"{name}@{version}" if version else name,
                self._hint(kind, name),
            )
        type_ = type_from_row(row["type"])
        self._remember(type_)
        return type_

    def ids_of(self, kind: Kind, names: Iterable[str] | None) -> Sequence[int]:
        """The ids of the types of these names, in every version; of all types if None."""
        asked = None if names is None else set(names)
        types = self.all(kind)
        if asked is not None and (unknown := asked - {type_.name for type_ in types}):
            name = min(unknown)
            raise NotFound(f"{kind} type", "name", name, self._hint(kind, name))
        return [t.id for t in types if t.id is not None and (asked is None or t.name in asked)]

    def _remember(self, type_: Type) -> None:
        self._known[type_.kind, type_.name, type_.version] = type_

    def _hint(self, kind: Kind, name: str) -> str:
        names = [type_.name for type_ in self.all(kind) if not type_.name.startswith("mlmd.")]
        similar = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        if similar:
            return "did you mean " + " or ".join(map(repr, similar)) + "?"
        return f"put it first: store.types.put({TYPES[kind].__name__}(name={name!r}))"


def _put(transaction: Transaction, kind: Kind, row: dict[str, Any]) -> Type:
    answer = transaction.one(
        QUERIES["type.put"],
        kind=kind,
        type=row["name"],
        type_version=row["version"],
        label=TYPES[kind].__name__,
        properties=row,
    )
    assert answer is not None
    return type_from_row(answer["type"])
