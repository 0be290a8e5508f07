"""Makes long filters short: programs write ``id = 1 OR id = 2 OR …``, a thousand times.

The planner of the database takes time that grows faster than the conditions do, and seconds for
hundreds of them, while a list is one condition, however long it is.
"""

from __future__ import annotations

from dataclasses import replace

from graphstore.errors import InvalidArgument
from graphstore.filters.checking import Alias, Field, Property
from graphstore.filters.syntax import (
    Comparison,
    Expression,
    Junction,
    Literal,
    Membership,
    Negation,
)

__all__ = ["MAX_ALIASES", "MAX_CONDITIONS", "MAX_PROPERTIES", "count_conditions", "simplify"]

MAX_CONDITIONS = 500
"""Conditions of a filter; those that become one list are one."""
MAX_ALIASES = 16
MAX_PROPERTIES = 100


def simplify(expression: Expression) -> Expression:
    """The same condition, `=` joined by OR and `!=` joined by AND each made into one IN.

    Args:
        expression: What `check` made of a filter.

    Raises:
        InvalidArgument: If it is too large all the same.
    """
    simple = _simplify(expression)
    aliases: set[Alias] = set()
    properties: set[tuple[str, bool]] = set()
    for part in simple.walk():
        if isinstance(part, Field) and part.alias is not None:
            aliases.add(part.alias)
        elif isinstance(part, Property):
            properties.add((part.name, part.custom))
    for what, count, most in (
        ("conditions", count_conditions(simple), MAX_CONDITIONS),
        ("aliases", len(aliases), MAX_ALIASES),
        ("properties", len(properties), MAX_PROPERTIES),
    ):
        if count > most:
            raise InvalidArgument(
                f"the filter is too large: it has {count:,} {what}, and at most {most:,} are"
                " taken; of many values of one attribute make a list: id IN (1, 2, 3)"
            )
    return simple


def count_conditions(expression: Expression) -> int:
    """How many conditions it joins."""
    if isinstance(expression, Junction):
        return sum(map(count_conditions, expression.operands))
    return count_conditions(expression.operand) if isinstance(expression, Negation) else 1


def _simplify(expression: Expression) -> Expression:
    if isinstance(expression, Negation):
        return replace(expression, operand=_simplify(expression.operand))
    if not isinstance(expression, Junction):
        return expression
    equals = "=" if expression.operator == "OR" else "!="
    operands: list[Expression] = []
    lists: dict[object, tuple[int, list[Comparison]]] = {}
    for operand in expression.operands:
        key = _subject(operand, equals)
        if key is None:
            operands.append(_simplify(operand))
            continue
        assert isinstance(operand, Comparison)
        if key in lists:
            lists[key][1].append(operand)
        else:
            lists[key] = (len(operands), [operand])
            operands.append(operand)  # where the list will stand
    for place, members in lists.values():
        if len(members) > 1:
            first = members[0]
            operands[place] = Membership(
                at=first.at,
                operand=first.left,
                values=tuple(member.right for member in members),
                negated=expression.operator == "AND",
            )
    return operands[0] if len(operands) == 1 else replace(expression, operands=tuple(operands))


def _subject(expression: Expression, operator: str) -> object:
    """What an expression compares with a literal by this operator; None if it is none such."""
    if (
        isinstance(expression, Comparison)
        and expression.operator == operator
        and isinstance(expression.right, Literal)
    ):
        left = expression.left
        if isinstance(left, Field):
            return left.attribute, left.alias
        if isinstance(left, Property):
            return left.name, left.custom, left.type
    return None
