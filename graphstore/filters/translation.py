"""From the expressions of a filter that was checked to Cypher.

The text is made of the closed vocabulary of this package alone; whatever the user wrote - values,
names of properties, patterns - is a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from graphstore.database.spelling import said_then, to_key
from graphstore.errors import InvalidArgument
from graphstore.filters.checking import Alias, Field, Property
from graphstore.filters.patterns import beginning, like_to_regex
from graphstore.filters.simplifying import count_conditions
from graphstore.filters.syntax import (
    Arithmetic,
    Between,
    Comparison,
    Expression,
    Junction,
    Like,
    Literal,
    Membership,
    Negation,
    Signed,
    Test,
)
from graphstore.filters.vocabulary import ValueType
from graphstore.model.types import Kind

__all__ = ["Translation", "begins", "equality", "time_of"]

_MAX_LENGTH = 400_000
"""Characters of Cypher: a BETWEEN names its operand twice, and one inside another four times."""

_SMALL = 12
"""Conditions that the planner may take apart: it brings them into a normal form, which takes long
where there are many, and now and then finds an index to serve."""

_MOST_BEGINNINGS = 1_000
"""Ways to begin that are followed at once, of the types that there are together."""

_LAST_MILLISECOND = 253_402_300_799_999
"""The end of the year 9999; Neo4j has later times, and graphstore stores none."""


class Translation:
    """Puts expressions about nodes of one kind into Cypher, and collects their parameters."""

    def __init__(self, kind: Kind, *, then: bool = False) -> None:
        """For nodes of a kind.

        Args:
            kind: The kind.
            then: Whether about what the store said at a time, the parameter ``$known_at``. Of what
                was deleted since nobody knows what it said: it meets what is about that.
        """
        self.kind, self.then = kind, then
        self.parameters: dict[str, Any] = {}
        self.variables: dict[Alias, str] = {}
        """The variables that stand for neighbours; each must be there before it is used."""
        self._keys: dict[str, str] = {}

    def text(self, expression: Expression) -> str:
        """The expression in Cypher; NULL where it is NULL."""
        return _RULES[type(expression)](self, expression)

    def conjunct(self, expression: Expression, *, begins: bool) -> str:
        """A condition that must be true: whether it is false or NULL makes no difference.

        Args:
            expression: The condition.
            begins: Whether the search may begin with it, so that an index ought to serve.
        """
        if self.then:
            return self._unless_deleted(expression, self.text(expression))
        field, values = equality(expression)
        # What has no uri has the uri '', and is not found by the property.
        if field is None or field.attribute.key not in ("uri", "name") or "" in values:
            return self.text(expression)
        variable = self._variable(field)
        condition = f"{variable}.{field.attribute.key} IN {self._parameter(values)}"
        if field.attribute.key == "uri" or not begins:
            return condition
        # Names are indexed with their types, of which there are few.
        label = (field.alias.family.kind if field.alias else self.kind).capitalize()
        types = f"COLLECT {{ MATCH (filter_type:{label}Type) RETURN filter_type.id }}"
        return f"{condition} AND {variable}.type_id IN {types}"

    def search(self, like: Like, label: str) -> str:
        """The nodes of a label, called ``filter_way``, that begin as a pattern does (`begins`).

        An index tells cases apart, and n letters have 2^n: a letter after the other is looked up
        in both, and only what something begins with is followed.
        """
        assert isinstance(like.operand, Field) and isinstance(like.pattern, Literal)
        pieces = self._parameter(beginning(str(like.pattern.value)))
        key = like.operand.attribute.key
        first = "[[null, '']]"
        where = f"filter_way.{key} STARTS WITH filter_begin[1]"
        if key == "name":  # indexed with types
            first = f"COLLECT {{ MATCH (filter_type:{label}Type) RETURN [filter_type.id, ''] }}"
            where = f"filter_way.type_id = filter_begin[0] AND {where}"
        match = f"MATCH (filter_way:{label}) WHERE {where}"
        longer = (
            "reduce(filter_longer = [], filter_begin IN filter_begins | filter_longer +"
            " [filter_end IN filter_piece | [filter_begin[0], filter_begin[1] + filter_end]])"
        )
        return (
            f"UNWIND reduce(filter_begins = {first}, filter_piece IN {pieces} |"
            f" CASE WHEN size(filter_begins) > {_MOST_BEGINNINGS} THEN filter_begins"
            f" ELSE [filter_begin IN {longer} WHERE EXISTS {{ {match} }}] END)"
            f" AS filter_begin {match}"
        )

    def present(self, expression: Expression) -> list[str]:
        """The conditions that every property is there that `expression` mentions."""
        keys = dict.fromkeys(
            _property_key(part) for part in expression.walk() if isinstance(part, Property)
        )
        conditions = [f"{self._said(self.kind, f'[{self._key(key)}]')} IS NOT NULL" for key in keys]
        if self.then:
            return [f"({self.kind}._deleted IS NOT NULL OR {one})" for one in conditions]
        return conditions

    def _check_length(self, text: str) -> str:
        if len(text) > _MAX_LENGTH:
            raise InvalidArgument(
                "the filter is too large: it would become more than"
                f" {_MAX_LENGTH:,} characters of Cypher"
            )
        return text

    def known(self, alias: Alias) -> list[str]:
        """The conditions that a neighbour, and the edge that leads there, were known then."""
        variable = self.variables[alias]
        return [
            f"coalesce({variable}._recorded, {variable}.create_time) <= $known_at",
            f"coalesce({variable}_event._recorded, $known_at) <= $known_at",
            f"coalesce({variable}_event._until > $known_at, true)",
        ]

    def _unless_deleted(self, expression: Expression, text: str) -> str:
        """A condition that holds of what was deleted, too, if it is about what that said."""
        said = [
            self.kind if isinstance(part, Property) else self._variable(part)
            for part in expression.walk()
            if isinstance(part, Property) or (isinstance(part, Field) and _may_change(part))
        ]
        deleted = [f"{variable}._deleted IS NOT NULL" for variable in dict.fromkeys(said)]
        return f"({' OR '.join([*deleted, text])})" if deleted else text

    # Values

    def _said(self, variable: str, property: str) -> str:
        """What a node says, or said then."""
        return said_then(variable, property) if self.then else variable + property

    def _parameter(self, value: Any) -> str:
        name = f"filter_{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _key(self, key: str) -> str:
        """The parameter that holds a property's key."""
        if key not in self._keys:
            self._keys[key] = self._parameter(key)
        return self._keys[key]

    def _variable(self, field: Field) -> str:
        return self.kind if field.alias is None else self.variables[field.alias]

    def _literal(self, literal: Literal) -> str:
        if literal.value is None or isinstance(literal.value, bool):
            return str(literal.value).lower() if literal.value is not None else "null"
        return self._parameter(literal.value)

    def _field(self, field: Field) -> str:
        variable = self._variable(field)
        if self.then and _may_change(field):
            said = f".{field.attribute.key}"
            return field.attribute.cypher.replace("{}" + said, self._said(variable, said))
        text = field.attribute.then if self.then else None
        return (text or field.attribute.cypher).format(variable)

    def _property(self, property: Property) -> str:
        value = self._said(self.kind, f"[{self._key(_property_key(property))}]")
        return f"CASE WHEN {value} IS :: {_CYPHER_TYPES[property.type]} THEN {value} END"

    def _signed(self, signed: Signed) -> str:
        return f"(-{self.text(signed.operand)})"

    def _arithmetic(self, arithmetic: Arithmetic) -> str:
        left, right = self.text(arithmetic.left), self.text(arithmetic.right)
        if arithmetic.operator == "/":
            # Of doubles, always; and NULL, where there is nothing to divide by.
            return f"(toFloat({left}) / nullIf(toFloat({right}), 0.0))"
        return f"({left} {arithmetic.operator} {right})"

    # Conditions

    def _comparison(self, comparison: Comparison) -> str:
        left, right = self._pair(comparison.left, comparison.right)
        operator = "<>" if comparison.operator == "!=" else comparison.operator
        return f"({left} {operator} {right})"

    def _pair(self, left: Expression, right: Expression) -> tuple[str, str]:
        """Both sides of a comparison; a time and a number both as times, for an index to serve."""
        if _is_time(left) and _is_moment(right):
            return self._time(left), self._moment(right)
        if _is_moment(left) and _is_time(right):
            return self._moment(left), self._time(right)
        return self.text(left), self.text(right)

    def _time(self, field: Any) -> str:
        said, variable = f".{field.attribute.key}", self._variable(field)
        return self._said(variable, said) if _may_change(field) else variable + said

    def _moment(self, literal: Any) -> str:
        return f"datetime({{epochMillis: {self._parameter(literal.value)}}})"

    def _membership(self, membership: Membership) -> str:
        operand = self.text(membership.operand)
        literals = [value.value for value in membership.values if isinstance(value, Literal)]
        if len(literals) == len(membership.values):
            values = self._parameter(literals)  # one text, however many there are
        else:
            values = f"[{', '.join(map(self.text, membership.values))}]"
        return _not(membership.negated, f"({operand} IN {values})")

    def _like(self, like: Like) -> str:
        assert isinstance(like.pattern, Literal)
        pattern = self._parameter(like_to_regex(str(like.pattern.value)))
        return _not(like.negated, f"({self.text(like.operand)} =~ {pattern})")

    def _between(self, between: Between) -> str:
        conditions = []
        for operator, bound in ((">=", between.low), ("<=", between.high)):
            left, right = self._pair(between.operand, bound)
            conditions.append(f"{left} {operator} {right}")
        return _not(between.negated, self._check_length(f"({' AND '.join(conditions)})"))

    def _test(self, test: Test) -> str:
        operand = self.text(test.operand)
        if test.what is None:
            return f"({operand} IS {'NOT ' * test.negated}NULL)"
        truth = operand if test.what else f"NOT {operand}"
        return _not(test.negated, f"coalesce({truth}, false)")

    def _negation(self, negation: Negation) -> str:
        return _not(True, self.text(negation.operand))

    def _junction(self, junction: Junction) -> str:
        operands = list(map(self.text, junction.operands))
        if count_conditions(junction) <= _SMALL:
            return f"({f' {junction.operator} '.join(operands)})"
        quantifier = "all" if junction.operator == "AND" else "any"  # these know NULL, too
        return f"{quantifier}(filter_true IN [{', '.join(operands)}] WHERE filter_true)"


_RULES: Mapping[type[Expression], Callable[[Translation, Any], str]] = {
    Literal: Translation._literal,
    Field: Translation._field,
    Property: Translation._property,
    Signed: Translation._signed,
    Arithmetic: Translation._arithmetic,
    Comparison: Translation._comparison,
    Membership: Translation._membership,
    Like: Translation._like,
    Between: Translation._between,
    Test: Translation._test,
    Negation: Translation._negation,
    Junction: Translation._junction,
}

_CYPHER_TYPES = {
    ValueType.INT: "INTEGER",
    ValueType.DOUBLE: "FLOAT",
    ValueType.STRING: "STRING",
    ValueType.BOOLEAN: "BOOLEAN",
}


_FIXED = ("id", "type", "type_id", "create_time")
"""Keys of what no node says otherwise at another time."""


def _may_change(field: Field) -> bool:
    """Whether it is about something that a node may have said otherwise at another time."""
    return field.attribute.key is not None and field.attribute.key not in _FIXED


def _not(is_negated: bool, text: str) -> str:
    return f"(NOT {text})" if is_negated else text


def _property_key(property: Property) -> str:
    return to_key(property.name, custom=property.custom)


def _is_time(expression: Expression) -> bool:
    return isinstance(expression, Field) and expression.attribute.cypher.endswith(
        f".{expression.attribute.key}.epochMillis"
    )


def _is_moment(expression: Expression) -> bool:
    return (
        isinstance(expression, Literal)
        and type(expression.value) is int
        and 0 <= expression.value <= _LAST_MILLISECOND
    )


def begins(expression: Expression) -> TypeGuard[Like]:
    """Whether a condition says how something begins that an index has, as a LIKE."""
    return (
        isinstance(expression, Like)
        and not expression.negated
        and isinstance(expression.operand, Field)
        and expression.operand.attribute.key in ("uri", "name", "external_id")
        and isinstance(expression.pattern, Literal)
        and bool(beginning(str(expression.pattern.value)))
    )


def time_of(expression: Expression) -> str | None:
    """The key of the node's time that a condition bounds by a number or by two."""
    if isinstance(expression, Comparison) and expression.operator != "!=":
        sides: list[Expression] = [expression.left, expression.right]
    elif isinstance(expression, Between) and not expression.negated:
        sides = [expression.operand, expression.low, expression.high]
    else:
        return None
    times = [side for side in sides if _is_time(side)]
    if len(times) != 1 or not all(map(_is_moment, [side for side in sides if side not in times])):
        return None
    (field,) = times
    return field.attribute.key if isinstance(field, Field) and field.alias is None else None


def equality(expression: Expression) -> tuple[Field | None, list[Any]]:
    """The attribute of which a condition says that it is one of some values, and these."""
    values: tuple[Expression, ...] = ()
    field: Expression | None = None
    if isinstance(expression, Comparison) and expression.operator == "=":
        field, values = expression.left, (expression.right,)
    elif isinstance(expression, Membership) and not expression.negated:
        field, values = expression.operand, expression.values
    literals = [value.value for value in values if isinstance(value, Literal)]
    if isinstance(field, Field) and len(literals) == len(values):
        return field, literals
    return None, []
