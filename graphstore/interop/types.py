"""Types that come in: they let those of the store grow; what contradicts these is kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from graphstore.model.types import Kind, Type, grow
from graphstore.storage.types import Types

__all__ = ["PutTypes", "put_types"]

_Identity = tuple[Kind, str, str | None]
T = TypeVar("T", bound=int | str | None)


@dataclass
class PutTypes(Generic[T]):
    """What became of types."""

    by_id: dict[T, Type] = field(default_factory=dict)
    """The types of the store, by the ids that they came with."""
    created: int = 0
    updated: int = 0


def put_types(
    types: Types, declarations: Iterable[tuple[T, Type]], source: str, problems: list[str]
) -> PutTypes[T]:
    """Put types that come from elsewhere, in one transaction.

    Args:
        types: Those of the store.
        declarations: The types, each with its id there; ids may be repeated.
        source: What a type is kept apart as, whose properties the store's declares otherwise: it
            becomes the version of this name.
        problems: What could not be kept as it was is added to it, a sentence each.
    """
    outcome = PutTypes[T]()
    by_identity = {identity(type_): type_ for type_ in types.all()}
    to_put, identities = dict[_Identity, Type](), dict[T, _Identity]()
    for id_, declaration in declarations:
        declaration = _fit(declaration, by_identity, source, problems)
        key = identities[id_] = identity(declaration)
        before = by_identity.get(key)
        type_ = before and grow(before, declaration, can_add_fields=True, can_omit_fields=True)
        if type_ is None or type_ != before:
            to_put[key] = type_ = type_ or declaration
            if before:
                outcome.updated += 1
            else:
                outcome.created += 1
        by_identity[key] = type_
    for type_ in types.put_many(to_put.values(), can_add_fields=True, can_omit_fields=True):
        by_identity[identity(type_)] = type_
    outcome.by_id = {id_: by_identity[key] for id_, key in identities.items()}
    return outcome


def identity(type_: Type) -> _Identity:
    """Which type it is."""
    return type_.kind, type_.name, type_.version


def compatible(current: Type, other: Type) -> bool:
    """Whether no property of `other` is of another kind in `current`."""
    return all(
        current.properties.get(name, kind) is kind for name, kind in other.properties.items()
    )


def _fit(
    declaration: Type, by_identity: Mapping[_Identity, Type], source: str, problems: list[str]
) -> Type:
    """The type without what would contradict those that the store has."""
    current = by_identity.get(identity(declaration))
    if current is not None and not compatible(current, declaration):
        problems.append(
            f"type {declaration.name!r} declares a property otherwise than the store's does: it"
            f" is kept apart, as version {source!r}"
        )
        declaration = declaration.evolve(version=source)
        current = by_identity.get(identity(declaration))
    others = (type_ for type_ in by_identity.values() if type_ is not current)
    changes: dict[str, Any] = {}
    if declaration.external_id in {other.external_id for other in others} - {None}:
        changes["external_id"] = None
    if current and current.base_type and declaration.base_type not in (None, current.base_type):
        changes["base_type"] = None
    for name in changes:
        problems.append(
            f"type {declaration.name!r} is kept without its {name}"
            f" {getattr(declaration, name)!r}, which contradicts what the store has"
        )
    return declaration.evolve(**changes)
