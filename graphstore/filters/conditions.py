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
from graphstore.filters.syntax import Expression, Junction, Like
from graphstore.filters.translation import Translation, begins, equality, time_of
from graphstore.model.types import Kind

__all__ = ["Filter", "Near", "translate"]

_Group = tuple[list[Alias], list[Expression]]
"""Aliases, and the conditions that speak of them."""


@dataclass(frozen=True)
class Near:
    """A way to the nodes that meet a filter, from a few that an index knows: parts of the query
    ``filter.near``, whose variables begin with ``filter_``."""

    way: str
    """Clauses that come to the few, as ``filter_way``: neighbours, or nodes themselves."""
    count: str
    """How many nodes one of them leads to, and more rather than fewer."""
    step: str
    """A clause that leads from there to nodes, which are called as their kind is."""
    where: str
    """What is asked of these; more than that asks the filter."""
    time: str | None = None
    """The key of the time that it goes by: in an order by that time it is no better."""


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
    near: tuple[Near, ...] = ()
    """Ways to the nodes that may be few, the likeliest first; () if an index serves as it is."""
    index: str | None = None
    """The keys of the index that knows what it names nodes by - their ids, names, uris - as a hint
    has them; None if it names none, so that a list has to be gone through in its order."""
    ids: tuple[int, ...] | None = None
    """The ids of what it lets through, ascending, if that is all that it says; whether there is
    anything of these ids is another question."""

    def of_near(self, kind: Kind, ids: Collection[int]) -> Filter:
        """The same condition, of the nodes that a way leads to, by their ids.

        That takes as long as these are many, while without it those of the store are gone through
        in order until the page is full: better where many meet the condition.
        """
        # Ids, and not the pattern that finds them: that the database may run for each candidate.
        text = f"{kind}.id IN $filter_near_ids AND {self.text}"
        parameters = {**self.parameters, "filter_near_ids": sorted(ids)}
        return replace(self, text=text, parameters=parameters, near=(), index="id")


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
    alone = " AND ".join(parts) or "true"
    groups = _groups(conjuncts)
    for number, (aliases, members) in enumerate(groups):
        for place, alias in enumerate(aliases):
            translation.variables[alias] = f"filter_{number}_{place}"
        parts.append(f"EXISTS {{ {_match(kind, translation, aliases, members)} }}")
    indexes = [index for index in map(_index, own) if index is not None]
    if then:  # what may have been otherwise is read from what each node said
        indexes = [index for index in indexes if index == "id"]
    near = () if then or indexes else tuple(_near(kind, translation, own, groups, alone))
    one_type = any(map(_is_of_one_type, own))
    text = " AND ".join(parts)
    return Filter(
        query,
        text,
        translation.parameters,
        one_type=one_type,
        near=near,
        index=indexes[0] if indexes else None,
        ids=_ids(expression),
    )


def _match(
    kind: Kind, translation: Translation, aliases: Iterable[Alias], members: Iterable[Expression]
) -> str:
    ways = (
        alias.family.way(kind, translation.variables[alias], then=translation.then)
        for alias in aliases
    )
    # Each a MATCH of its own: two aliases may be one neighbour.
    matches = " ".join(f"MATCH {way}" for way in ways)
    conditions = [translation.conjunct(part, begins=False) for part in members]
    if translation.then:
        conditions += [one for alias in aliases for one in translation.known(alias)]
    return f"{matches} WHERE {' AND '.join(conditions)}"


def _near(
    kind: Kind,
    translation: Translation,
    own: Iterable[Expression],
    groups: Iterable[_Group],
    where: str,
) -> Iterator[Near]:
    """Ways to the nodes: from neighbours that are told by what only few have, then from how a text
    begins, which many may, and at last from a time.

    Args:
        kind: That of the nodes.
        translation: Of their filter.
        own: What it says of the nodes themselves.
        groups: What it says of neighbours.
        where: The condition that `own` is.
    """
    own = list(own)
    said = {
        alias: [part for part in members if _speaks_of(part, alias)]
        for aliases, members in groups
        for alias in aliases
    }
    for alias, parts in said.items():
        if any(map(_is_telling, parts)):
            yield _from_neighbours(kind, translation, alias, parts, None, where)
    label = kind.capitalize()
    for like in own:
        if begins(like):
            way = translation.search(like, label)
            yield Near(way, "0", f"WITH filter_way AS {kind}", where)
    for alias, parts in said.items():
        for like in parts:
            if begins(like):
                yield _from_neighbours(kind, translation, alias, parts, like, where)
    for time in dict.fromkeys(filter(None, map(time_of, own))):
        bounds = [translation.conjunct(part, begins=True) for part in own if time_of(part) == time]
        bounds.append(f"{kind}.id IS NOT NULL")  # or the index of times and ids does not serve
        way = f"MATCH ({kind}:{label}) WHERE {' AND '.join(bounds)} WITH {kind} AS filter_way"
        yield Near(way, "0", f"WITH filter_way AS {kind}", where, time)


def _from_neighbours(
    kind: Kind,
    translation: Translation,
    alias: Alias,
    parts: Iterable[Expression],
    like: Like | None,
    where: str,
) -> Near:
    """The way from the neighbours of which something is said, or that begin as `like` says."""
    translation.variables[alias] = "filter_way"
    of_edges: list[str] = []
    of_nodes: list[str] = []
    for part in parts:
        is_of_edge = any(isinstance(one, Field) and one.attribute.is_of_edge for one in part.walk())
        condition = translation.conjunct(part, begins=like is None)
        (of_edges if is_of_edge else of_nodes).append(condition)
    label = alias.family.kind.capitalize()
    if like is None:
        way = f"MATCH (filter_way:{label}) WHERE {' AND '.join(of_nodes)}"
    else:
        way = " AND ".join([translation.search(like, label), *of_nodes])
    step = alias.family.way(f"{kind}:{kind.capitalize()}", "filter_way")
    count = f"COUNT {{ {alias.family.ends('filter_way')} }}"
    return Near(way, count, f"MATCH {step}", " AND ".join([where, *of_edges]))


def _speaks_of(expression: Expression, alias: Alias) -> bool:
    """Whether an expression speaks of this alias and of nothing else."""
    return not any(isinstance(part, Property) for part in expression.walk()) and all(
        part.alias is alias for part in expression.walk() if isinstance(part, Field)
    )


def _is_telling(expression: Expression) -> bool:
    """Whether it holds of few nodes: of those with an id, a name, a uri."""
    field, _ = equality(expression)
    return field is not None and field.attribute.is_telling


def _index(expression: Expression) -> str | None:
    """The keys of the index that knows what it names nodes by; None if it names none."""
    field, values = equality(expression)
    if field is None or not field.attribute.is_telling or "" in values:
        return None
    return "type_id, name" if field.attribute.key == "name" else field.attribute.key


def _is_of_one_type(expression: Expression) -> bool:
    """Whether it says which type something is of."""
    return _is_of(expression, "type") and len(equality(expression)[1]) == 1


def _is_of(expression: Expression, key: str) -> bool:
    """Whether it says which values a key has."""
    field, _ = equality(expression)
    return field is not None and field.attribute.key == key


def _ids(expression: Expression) -> tuple[int, ...] | None:
    """The ids of which it says that something has one, and no more than that."""
    field, values = equality(expression)
    if field is None or field.alias is not None or not _is_of(expression, "id"):
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
