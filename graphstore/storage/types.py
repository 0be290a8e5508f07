"""Types: what artifacts, executions and contexts may say."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar, cast

from graphstore.database import Database, Reader, Row, Transaction
from graphstore.database.queries import QUERIES
from graphstore.errors import AlreadyExists, FixedBaseType, InvalidArgument, NotFound, brief
from graphstore.model.base import copy_with
from graphstore.model.times import KnownAt
from graphstore.model.types import BaseType, Kind, Type, grow
from graphstore.model.values import bound
from graphstore.storage.ids import Ids
from graphstore.storage.rows import TYPES, type_from_row, type_to_row
from graphstore.storage.then import at, not_found

__all__ = ["Types"]

T = TypeVar("T", bound=Type)

_BASE_TYPES = frozenset(base.value for base in BaseType)


class Types:
    """The types of a store. What was read is kept: a type only ever grows."""

    def __init__(self, database: Database, ids: Ids) -> None:
        self._database, self._ids = database, ids
        self._by_identity: dict[tuple[Kind, str, str | None], Type] = {}
        self._by_id: dict[int, Type] = {}
        database.type_name = self._name_of  # for what the database says of nodes

    def put(self, type_: T, *, can_add_fields: bool = True, can_omit_fields: bool = True) -> T:
        """Create a type, or let the stored one of its kind, name and version grow.

        What the stored one declares otherwise stays, and nothing is ever removed.

        Args:
            type_: A type of any kind; its `id` and `create_time` are ignored.
            can_add_fields: Whether it may declare properties that the stored one does not.
            can_omit_fields: Whether it may leave out properties that the stored one declares.

        Returns:
            The type as it is stored now.

        Raises:
            AlreadyExists: If the stored one has a property of another kind, or differs in more
                than may be; if another type has the external id.
            FixedBaseType: If the stored one has another base type.
            InvalidArgument: If something cannot be stored.
        """
        (result,) = self.put_many(
            [type_], can_add_fields=can_add_fields, can_omit_fields=can_omit_fields
        )
        return cast(T, result)

    def put_many(
        self,
        types: Iterable[Type],
        *,
        can_add_fields: bool = True,
        can_omit_fields: bool = True,
    ) -> Sequence[Type]:
        """Create types, or let them grow: all or none.

        A type is identified by its kind, name and version, and grows by what it is put with: what
        it declares otherwise stays, and nothing is ever removed. ML Metadata grows no type unless
        told to; that is `False` here.

        Args:
            types: Types of any kind; their `id` and `create_time` are ignored. One that is given
                twice grows by the second.
            can_add_fields: Whether they may declare properties that the stored ones do not.
            can_omit_fields: Whether they may leave out properties that the stored ones declare.

        Returns:
            The types as they are stored now, in the order given.

        Raises:
            AlreadyExists: If a stored one has a property of another kind, or differs in more than
                may be; if another type has an external id.
            FixedBaseType: If a stored one has another base type.
            InvalidArgument: If a name is too long to be indexed.
        """
        all_types = list(types)
        first: dict[_Identity, Type] = {}
        for type_ in all_types:
            first.setdefault(_identity(type_), type_)
        ids = self._ids.take({"type": len(first)})["type"]
        rows = [
            {
                "kind": kind,
                "name": name,
                "version": version or "",
                "label": TYPES[kind].__name__,
                "properties": type_to_row(copy_with(type_, id=id_)),
            }
            for ((kind, name, version), type_), id_ in zip(first.items(), ids, strict=True)
        ]
        # In one order for everybody, lest two writers of the same wait for each other.
        rows.sort(key=itemgetter("kind", "name", "version"))
        new = set(ids)
        attempts = []

        def work(transaction: Transaction) -> dict[_Identity, Type]:
            attempts.append(transaction)
            answer = transaction.rows(QUERIES["type.put"], new_types=rows)
            current = {_identity(type_): type_ for type_ in _read(answer)}
            before = dict(current)
            for type_ in all_types:
                key = _identity(type_)
                if type_ is first[key] and current[key].id in new:
                    continue  # it has just been created
                current[key] = grow(
                    current[key],
                    type_,
                    can_add_fields=can_add_fields,
                    can_omit_fields=can_omit_fields,
                )
            growth = [
                {"id": type_.id, "properties": type_to_row(type_)}
                for key, type_ in current.items()
                if type_ != before[key]
            ]
            if growth:
                transaction.run(QUERIES["type.replace"], grown_types=growth)
            return current

        try:
            current = self._database.transact("type.put", work) if all_types else {}
        except (AlreadyExists, FixedBaseType):
            if len(attempts) == 1:  # else nobody knows what came of the one before
                self._ids.give_back("type", ids)
            raise
        ids_in_use = {type_.id for type_ in current.values()}
        self._ids.give_back("type", [id_ for id_ in ids if id_ not in ids_in_use])
        for type_ in current.values():
            self._remember(type_)
        return [current[_identity(type_)] for type_ in all_types]

    def get(
        self,
        model: type[T] | Kind,
        name: str,
        version: str | None = None,
        *,
        as_of: KnownAt | None = None,
    ) -> T:
        """The type of this kind, name and version; without a version, the one that has none.

        Args:
            model: `ArtifactType`, `ExecutionType` or `ContextType`, or the kind: ``"artifact"``.
            name: Its name.
            version: Its version.
            as_of: What it declared at this time; None for now.

        Raises:
            InvalidArgument: If the time says no zone.
            NotFound: If there is none, or none was recorded by then; the text names similar ones.
        """
        kind = _kind(model)
        if as_of is None:
            return cast(T, self.find(kind, name, version, fresh=True))
        return cast(T, self._read_one(at(self._database, as_of), kind, name, version or None))

    def get_many(
        self, ids: Iterable[int], *, missing_ok: bool = False, as_of: KnownAt | None = None
    ) -> Sequence[Type]:
        """Types of any kind by id, in the order asked for.

        Args:
            ids: Their ids; one that is given twice is answered twice.
            missing_ok: Whether to leave out ids that no type has.
            as_of: What they declared at this time; None for now.

        Raises:
            InvalidArgument: If the time says no zone.
            NotFound: If no type has one of the ids, or had by then, and not `missing_ok`.
        """
        all_ids, asked = list(ids), at(self._database, as_of)
        rows = asked.rows(QUERIES["type.get_by_id"], type_ids=sorted(set(all_ids)))
        types = {type_.id: type_ for type_ in _read(rows)}
        for id_ in all_ids:
            if id_ not in types and not missing_ok:
                raise not_found(asked, "type", "id", id_)
        return [types[id_] for id_ in all_ids if id_ in types]

    def get_by_external_id(
        self, model: type[T] | Kind, external_id: str, *, as_of: KnownAt | None = None
    ) -> T:
        """The type of this kind with this id in somebody else's system.

        Args:
            model: `ArtifactType`, `ExecutionType` or `ContextType`, or the kind.
            external_id: Its id there.
            as_of: The one that had it at this time, and what it declared; None for now.

        Raises:
            InvalidArgument: If the time says no zone.
            NotFound: If there is none, or none had it then.
        """
        for type_ in self.list_by_external_id(model, [external_id], as_of=as_of):
            return type_
        asked = at(self._database, as_of)
        raise not_found(asked, f"{_kind(model)} type", "external id", external_id)

    def list_by_external_id(
        self, model: type[T] | Kind, external_ids: Iterable[str], *, as_of: KnownAt | None = None
    ) -> Sequence[T]:
        """The types of this kind that have one of these ids in somebody else's system, by id.

        Args:
            model: `ArtifactType`, `ExecutionType` or `ContextType`, or the kind.
            external_ids: The ids there.
            as_of: Those that had one at this time, and what they declared: of all types of the
                kind, since an index knows only which one has it now. None for now.

        Raises:
            InvalidArgument: If the time says no zone.
        """
        if as_of is not None:
            wanted = set(external_ids)
            types = self.all(_kind(model), as_of=as_of)
            return [cast(T, type_) for type_ in types if type_.external_id in wanted]
        rows = self._database.rows(
            QUERIES["type.get_by_external_id"],
            kind=_kind(model),
            external_ids=sorted(set(external_ids)),
        )
        return [cast(T, type_) for type_ in _read(rows)]

    def list(
        self, model: type[T] | Kind, *, base_types: bool = False, as_of: KnownAt | None = None
    ) -> Sequence[T]:
        """Every type of a kind, by id.

        Args:
            model: `ArtifactType`, `ExecutionType` or `ContextType`, or the kind.
            base_types: Whether the base types (``mlmd.Dataset``, ...) are part of the answer.
            as_of: Those that there were at this time, and what they declared; None for now.

        Raises:
            InvalidArgument: If the time says no zone.
        """
        types = self.all(_kind(model), as_of=as_of)
        return [cast(T, t) for t in types if base_types or t.name not in _BASE_TYPES]

    def all(self, kind: Kind | None = None, *, as_of: KnownAt | None = None) -> Sequence[Type]:
        """Every type of one kind, or of all kinds, by id; the base types (``mlmd.Dataset``) too.

        Args:
            kind: ``artifact``, ``execution`` or ``context``; None for all.
            as_of: Those that there were at this time, and what they declared; None for now.

        Raises:
            InvalidArgument: If the time says no zone.
        """
        parameters = {} if kind is None else {"kind": kind}
        asked = at(self._database, as_of)
        types = _read(asked.rows(QUERIES["type.list"], **parameters))
        for type_ in types if as_of is None else ():  # what is kept is what they declare now
            self._remember(type_)
        return types

    def find(
        self, kind: Kind, name: str, version: str | None = None, *, fresh: bool = False
    ) -> Type:
        """The type of this kind, name and version; as read before, unless `fresh`.

        Args:
            kind: Its kind.
            name: Its name.
            version: Its version; None for the one that has none.
            fresh: Whether to ask the database though it was read before.

        Raises:
            NotFound: If there is none; the text names similar ones.
        """
        version = version or None
        entry = None if fresh else self._by_identity.get((kind, name, version))
        if entry is not None:
            return entry
        type_ = self._read_one(self._database, kind, name, version)
        self._remember(type_)
        return type_

    def find_many(self, ids: Iterable[int]) -> dict[int, Type]:
        """The types of any kind with these ids, by id, as read before; what is none is left out."""
        distinct_ids, by_id = set(ids), self._by_id
        types = {id_: by_id[id_] for id_ in distinct_ids if id_ in by_id}
        if missing := distinct_ids - types.keys():
            for type_ in self.get_many(missing, missing_ok=True):
                self._remember(type_)
                if type_.id is not None:
                    types[type_.id] = type_
        return types

    def counts(
        self, *, most: int = 10_000, as_of: KnownAt | None = None
    ) -> Mapping[tuple[Kind, str], int]:
        """How many nodes each type has, of every version, tombstones too; two queries.

        Each is counted up to a bound: what is `most` may be more.

        Args:
            most: How far to count, 1 or more.
            as_of: What the store said at this time; None for now.

        Returns:
            By kind and name of the type; 0 of a type that no node is of.

        Raises:
            InvalidArgument: If the bound is not 1 or more, or the time says no zone.
        """
        most = bound("most", most)
        names: dict[str, list[str]] = {f"{kind}_types": [] for kind in TYPES}
        for kind, name in dict.fromkeys((type_.kind, type_.name) for type_ in self.all()):
            names[f"{kind}_types"].append(name)
        rows = at(self._database, as_of).rows(QUERIES["type.count"], limit=most, **names)
        return {(row["kind"], row["type"]): row["count"] for row in rows}

    def ids_of(self, kind: Kind, names: Iterable[str] | None) -> Sequence[int]:
        """The ids of the types of these names, in every version, by id.

        Args:
            kind: Their kind.
            names: Their names; None for all types of the kind.

        Raises:
            NotFound: If there is no type of one of the names; the text names similar ones.
        """
        name_set = None if names is None else set(names)
        types = self.all(kind)
        if name_set is not None and (unknown := name_set - {type_.name for type_ in types}):
            name = min(unknown)
            raise NotFound(f"{kind} type", "name", name, self._hint(kind, name))
        return [
            t.id for t in types if t.id is not None and (name_set is None or t.name in name_set)
        ]

    def forget(self) -> None:
        """Read types again when they are asked for next."""
        self._by_identity, self._by_id = {}, {}

    def _read_one(self, asked: Reader, kind: Kind, name: str, version: str | None) -> Type:
        """A type as it is, or as it was, by who is asked."""
        row = asked.one(QUERIES["type.get"], kind=kind, type=name, type_version=version or "")
        if row is None:
            full = f"{name}@{version}" if version else name
            raise not_found(asked, f"{kind} type", "name", full, self._hint(kind, name))
        return type_from_row(row["type"])

    def _name_of(self, id_: int) -> str | None:
        """What a type is called, if it was read before: who asks is in the middle of a failure."""
        type_ = self._by_id.get(id_)
        return None if type_ is None else str(type_)

    def _remember(self, type_: Type) -> None:
        self._by_identity[type_.kind, type_.name, type_.version] = type_
        if type_.id is not None:
            self._by_id[type_.id] = type_

    def _hint(self, kind: Kind, name: str) -> str:
        names = [type_.name for type_ in self.all(kind) if type_.name not in _BASE_TYPES]
        similar = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        if similar:
            return "did you mean " + " or ".join(map(repr, similar)) + "?"
        return f"put it first: store.types.put({TYPES[kind].__name__}(name={name!r}))"


def _read(rows: Iterable[Row]) -> Sequence[Type]:
    return [type_from_row(type_) for row in rows for type_ in row["types"]]


def _kind(model: Any) -> Kind:
    """The kind of a model of types, or the kind itself.

    Raises:
        InvalidArgument: If it is neither.
    """
    kind = model if isinstance(model, str) else getattr(model, "kind", None)
    for candidate in TYPES:
        if kind == candidate:
            return candidate
    kinds = ", ".join(map(repr, TYPES))
    raise InvalidArgument(f"types are of the kinds {kinds}; found {brief(model)}")


_Identity = tuple[Kind, str, str | None]


def _identity(type_: Type) -> _Identity:
    return type_.kind, type_.name, type_.version or None
