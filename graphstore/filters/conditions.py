"""From a filter that was checked to one condition in Cypher, and the best way into it.

ML Metadata joins: an alias is one row of a table joined to the node's, and so is a property that
is mentioned, be it under OR or NOT. Hence here:

- A property that is mentioned must be there, of whatever kind: ``artifact[$filter_0] IS NOT NULL``.
- Aliases become ``EXISTS { MATCH … MATCH … WHERE … }``, in which all that is said of an alias
  holds of one neighbour. Conditions joined by AND that share no alias do not share an EXISTS
  either: that is the same, and costs the sum of their neighbours rather than the product.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from graphstore.filters.checking import Alias, Field, Property
from graphstore.filters.syntax import Expression, Junction
from graphstore.filters.translation import Translation, equality
from graphstore.model.types import Kind

__all__ = ["Filter", "translate"]

_Group = tuple[list[Alias], list[Expression]]
"""Aliases, and the conditions that speak of them."""


@dataclass(frozen=True)
class Filter:
    """A condition in Cypher."""

    query: str
    """What the user wrote."""
    text: str
    """True of the nodes that meet it; it speaks of a variable called as their kind is, and can
    stand behind an ``AND``."""
    parameters: dict[str, Any] = field(hash=False)
    """Its parameters; their names begin with ``filter_``."""
    one_type: bool = False
    """Whether all that meets it is of one type, so that an order may begin with the type."""
    near: str | None = None
    """A pattern and its condition that say from which neighbours to come to the nodes
    (``filter_near``); None if there is a better way, or no such neighbour is told."""
    ids: tuple[int, ...] | None = None
    """The ids of what it lets through, ascending, if that is all that it says; whether there is
    anything of these ids is another question."""

    def of_near(self, kind: Kind, ids: Collection[int]) -> Filter:
        """The same condition, of the nodes that the neighbours have, by their ids.

        That takes as long as the neighbours have nodes, while without it those of the store are
        gone through in order until the page is full: better where the neighbours have many.
        """
        # Ids, and not the pattern that finds them: that the database may run for each candidate.
        text = f"{kind}.id IN $filter_near_ids AND {self.text}"
        parameters = {**self.parameters, "filter_near_ids": sorted(ids)}
        return replace(self, text=text, parameters=parameters, near=None)


def translate(kind: Kind, query: str, expression: Expression, *, then: bool = False) -> Filter:
    """The condition that `expression` is on nodes of this kind.

    Args:
        kind: The kind.
        query: What the user wrote.
        expression: What `check` and `simplify` made of it.
        then: Whether it is on what the store said at a time, ``$known_at``.

    Raises:
        InvalidArgument: If it is too large.
    """
    translation = Translation(kind, then=then)
    conjuncts = list(_conjuncts(expression))
    own = [part for part in conjuncts if not _aliases(part)]
    parts = [translation.conjunct(part, begins=True) for part in own]
    parts += translation.present(expression)
    groups = _groups(conjuncts)
    for number, (aliases, members) in enumerate(groups):
        for place, alias in enumerate(aliases):
            translation.variables[alias] = f"filter_{number}_{place}"
        parts.append(f"EXISTS {{ {_match(kind, translation, aliases, members)} }}")
    no_way = then or any(map(_is_telling, own))
    near = None if no_way else _near(kind, translation, groups)
    one_type = any(map(_is_of_one_type, own))
    text = " AND ".join(parts)
    return Filter(query, text, translation.parameters, one_type, near, _ids(expression))


def _match(
    kind: Kind, translation: Translation, aliases: Iterable[Alias], members: Iterable[Expression]
) -> str:
    ways = (
        alias.family.pattern.format(node=kind, alias=translation.variables[alias])
        for alias in aliases
    )
    # Each a MATCH of its own: two aliases may be one neighbour.
    matches = " ".join(f"MATCH {way}" for way in ways)
    conditions = [translation.conjunct(part, begins=False) for part in members]
    if translation.then:
        conditions += [one for alias in aliases for one in translation.known(alias)]
    return f"{matches} WHERE {' AND '.join(conditions)}"


def _near(kind: Kind, translation: Translation, groups: Iterable[_Group]) -> str | None:
    for aliases, members in groups:
        for alias in aliases:
            alone = [part for part in members if _speaks_of(part, alias)]
            if any(map(_is_telling, alone)):
                translation.variables[alias] = "filter_way"
                way = alias.family.pattern.format(
                    node=f"filter_near:{kind.capitalize()}", alias="filter_way"
                )
                conditions = (translation.conjunct(part, begins=True) for part in alone)
                return f"{way} WHERE {' AND '.join(conditions)}"
    return None


def _speaks_of(expression: Expression, alias: Alias) -> bool:
    """Whether an expression speaks of this alias and of nothing else."""
    return not any(isinstance(part, Property) for part in expression.walk()) and all(
        part.alias is alias for part in expression.walk() if isinstance(part, Field)
    )


def _is_telling(expression: Expression) -> bool:
    """Whether it holds of few nodes: of those with an id, a name, a uri."""
    field, _ = equality(expression)
    return field is not None and field.attribute.is_telling


def _is_of_one_type(expression: Expression) -> bool:
    """Whether it says which type something is of."""
    field, values = equality(expression)
    return field is not None and field.attribute.key == "type" and len(values) == 1


def _ids(expression: Expression) -> tuple[int, ...] | None:
    """The ids of which it says that something has one, and no more than that."""
    field, values = equality(expression)
    if field is None or field.alias is not None or field.attribute.key != "id":
        return None
    return tuple(sorted(set(values))) if all(type(value) is int for value in values) else None


def _conjuncts(expression: Expression) -> Iterator[Expression]:
    """The conditions that must all be true."""
    if isinstance(expression, Junction) and expression.operator == "AND":
        for operand in expression.operands:
            yield from _conjuncts(operand)
    else:
        yield expression


def _aliases(expression: Expression) -> list[Alias]:
    """The aliases that it mentions, each once."""
    aliases = (part.alias for part in expression.walk() if isinstance(part, Field))
    return list(dict.fromkeys(alias for alias in aliases if alias is not None))


def _groups(conjuncts: Iterable[Expression]) -> list[_Group]:
    """The conditions that mention aliases, those together that share one."""
    groups: list[_Group] = []
    for conjunct in conjuncts:
        aliases, members = _aliases(conjunct), [conjunct]
        if not aliases:
            continue
        for group in [group for group in groups if set(group[0]) & set(aliases)]:
            groups.remove(group)
            aliases = list(dict.fromkeys([*group[0], *aliases]))
            members = [*group[1], *members]
        groups.append((aliases, members))
    return groups
