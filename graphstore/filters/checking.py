"""What a filter means: names become what they stand for, and every type is checked.

Nothing of a filter runs that was not checked as a whole. The rules, and the words of the errors,
are those of ML Metadata (ZetaSQL, behind it); where its backends disagree with them, or fail, the
user guide says what happens here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from graphstore.errors import InvalidArgument
from graphstore.filters.mistakes import mistake
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
    NoList,
    Part,
    Reference,
    Signed,
    Test,
)
from graphstore.filters.vocabulary import (
    ATTRIBUTES,
    FAMILIES,
    PROPERTY_KINDS,
    Attribute,
    Family,
    ValueType,
)
from graphstore.model.types import Kind
from graphstore.model.values import INT64_MAX

__all__ = ["Alias", "Field", "Property", "check"]


@dataclass(frozen=True, eq=False)
class Alias:
    """One neighbour of the node, the same wherever the filter names it."""

    name: str
    family: Family


@dataclass(frozen=True, kw_only=True)
class Field(Expression):
    """An attribute of the node itself (`alias` None), or of one of its neighbours."""

    attribute: Attribute
    alias: Alias | None


@dataclass(frozen=True, kw_only=True)
class Property(Expression):
    """A property of the node, as a value of one kind."""

    name: str
    custom: bool
    type: ValueType


_Typed = tuple[Expression, ValueType]


def check(kind: Kind, text: str, expression: Expression) -> Expression:
    """The tree with each `Reference` replaced by a `Field`, a `Property` or the name of an enum.

    No `Signed` plus and no `NoList` are left, and what enums do with NULL is written out.

    Args:
        kind: The kind of node that the filter is about.
        text: The filter, to show in errors.
        expression: What `parse` made of it.

    Raises:
        InvalidArgument: If it is no condition on such nodes; the message shows where, and why.
    """
    checker = _Checker(kind, text)
    meaning, type_ = checker.meaning_of(expression)
    if type_ is not ValueType.BOOLEAN:
        raise checker.mistake(
            expression,
            f"Given query string is not a valid boolean expression, but {_a(type_)}: a filter is"
            " a condition, such as id = 1",
        )
    return meaning


class _Checker:
    def __init__(self, kind: Kind, text: str) -> None:
        self._kind, self._text = kind, text
        self._aliases: dict[str, Alias] = {}

    def mistake(self, where: Expression | Part, why: str) -> InvalidArgument:
        return mistake(self._text, where.at, why)

    def meaning_of(self, expression: Expression) -> _Typed:
        """What `expression` means, and its type."""
        return _RULES[type(expression)](self, expression)

    # Values

    def literal(self, literal: Literal) -> _Typed:
        if type(literal.value) is int and literal.value > INT64_MAX:
            raise self.mistake(
                literal, f"Invalid integer literal: {literal.value} has more than 64 bits"
            )
        return literal, _LITERALS[type(literal.value)]

    def signed(self, signed: Signed) -> _Typed:
        minus = signed.sign == "-"
        operand = signed.operand
        # A literal is looked at with its sign: of the smallest integer there is no positive.
        if isinstance(operand, Literal):
            value: Expression = operand
            type_ = _LITERALS[type(operand.value)]
        else:
            value, type_ = self.meaning_of(operand)
        self._check_number(signed, operand, type_)
        if isinstance(value, Literal) and isinstance(value.value, (int, float)):
            return self.literal(replace(value, value=-value.value if minus else value.value))
        return (replace(signed, operand=value) if minus else value), type_

    def arithmetic(self, arithmetic: Arithmetic) -> _Typed:
        operator = arithmetic.operator
        left, left_type = self._not_null(operator, arithmetic.left)
        right, right_type = self._not_null(operator, arithmetic.right)
        types = {left_type, right_type}
        if not types <= {ValueType.INT, ValueType.DOUBLE}:
            raise self._no_signature(arithmetic, operator, [left_type, right_type])
        whole = types == {ValueType.INT} and operator != "/"
        return (
            replace(arithmetic, left=left, right=right),
            ValueType.INT if whole else ValueType.DOUBLE,
        )

    def _check_number(self, signed: Signed, operand: Expression, type_: ValueType) -> None:
        if type_ is ValueType.NULL:
            raise self._null(signed.sign, operand)
        if type_ not in (ValueType.INT, ValueType.DOUBLE):
            raise self._no_signature(signed, signed.sign, [type_])

    # Conditions

    def comparison(self, comparison: Comparison) -> _Typed:
        operator = comparison.operator
        left, left_type = self._not_null(operator, comparison.left)
        if left_type.names:
            return self._enum_comparison(comparison, left, left_type)
        right, right_type = self._not_null(operator, comparison.right)
        if not _comparable([left_type, right_type]):
            raise self._no_signature(comparison, operator, [left_type, right_type])
        return replace(comparison, left=left, right=right), ValueType.BOOLEAN

    def _enum_comparison(self, comparison: Comparison, left: Expression, enum: ValueType) -> _Typed:
        name, operator = comparison.right, comparison.operator
        if operator not in ("=", "!="):
            raise self.mistake(
                comparison,
                f"No matching signature for operator {operator}: of two {_plural(enum)} none is"
                " the greater; they can be compared by =, != and IN",
            )
        condition = replace(comparison, left=left, right=self._name(operator, name, enum))
        return (
            self._or_null(condition, left) if operator == "!=" else (condition, ValueType.BOOLEAN)
        )

    def membership(self, membership: Membership) -> _Typed:
        operand, type_ = self.meaning_of(membership.operand)
        if type_.names:
            names = tuple(self._name("IN", value, type_) for value in membership.values)
            condition = replace(membership, operand=operand, values=names)
            if membership.negated:
                return self._or_null(condition, operand)
            return condition, ValueType.BOOLEAN
        values, types = zip(*map(self.meaning_of, membership.values), strict=True)
        if not _comparable([type_, *types]):
            type_names = ", ".join(dict.fromkeys(type_.value for type_ in types))
            raise self.mistake(
                membership,
                f"No matching signature for operator IN for argument types {type_.value} and"
                f" {{{type_names}}}",
            )
        return replace(membership, operand=operand, values=values), ValueType.BOOLEAN

    def no_list(self, no_list: NoList) -> _Typed:
        _, type_ = self.meaning_of(no_list.operand)
        if type_.names:
            raise self.mistake(
                no_list,
                "Expected a list of enum values enclosed in parentheses but got"
                f" {no_list.value}: write ({no_list.value})",
            )
        raise self.mistake(no_list, 'Syntax error: IN takes a list in parentheses: expected "("')

    def like(self, like: Like) -> _Typed:
        operand, type_ = self._not_null("LIKE", like.operand)
        pattern, pattern_type = self._not_null("LIKE", like.pattern)
        if (type_, pattern_type) != (ValueType.STRING, ValueType.STRING):
            raise self._no_signature(like, "LIKE", [type_, pattern_type])
        if not isinstance(pattern, Literal):
            raise self.mistake(like.pattern, "LIKE takes a pattern in quotes, such as 'a%'")
        if _ends_in_escape(str(pattern.value)):
            raise self.mistake(like.pattern, "LIKE pattern ends with a backslash")
        return replace(like, operand=operand, pattern=pattern), ValueType.BOOLEAN

    def between(self, between: Between) -> _Typed:
        operand, type_ = self.meaning_of(between.operand)
        low, low_type = self.meaning_of(between.low)
        high, high_type = self.meaning_of(between.high)
        types = [type_, low_type, high_type]
        if not _comparable(types):
            raise self._no_signature(between, "BETWEEN", types)
        return replace(between, operand=operand, low=low, high=high), ValueType.BOOLEAN

    def test(self, test: Test) -> _Typed:
        operand, type_ = self.meaning_of(test.operand)
        if test.what is not None and type_ not in (ValueType.BOOLEAN, ValueType.NULL):
            raise self._no_signature(test, f"IS {str(test.what).upper()}", [type_])
        return replace(test, operand=operand), ValueType.BOOLEAN

    def negation(self, negation: Negation) -> _Typed:
        operand, type_ = self._not_null("NOT", negation.operand)
        if type_ is not ValueType.BOOLEAN:
            raise self._no_signature(negation, "NOT", [type_])
        return replace(negation, operand=operand), ValueType.BOOLEAN

    def junction(self, junction: Junction) -> _Typed:
        operands = []
        for operand in junction.operands:
            meaning, type_ = self.meaning_of(operand)
            if type_ not in (ValueType.BOOLEAN, ValueType.NULL):
                raise self._no_signature(operand, junction.operator, [type_])
            operands.append(meaning)
        return replace(junction, operands=tuple(operands)), ValueType.BOOLEAN

    # Names

    def reference(self, reference: Reference) -> _Typed:
        head, *rest = reference.parts
        word = head.text.lower()
        attribute = ATTRIBUTES[self._kind].get(word)
        if attribute is not None:
            self._no_more(rest, attribute.type)
            return Field(at=head.at, attribute=attribute, alias=None), attribute.type
        if word in ("properties", "custom_properties"):
            return self._property(reference, custom=word == "custom_properties")
        # The longest one: of parent_contexts_ and contexts_ only one begins a name, but still.
        for family, way in FAMILIES[self._kind].items():
            if word.startswith(family + "_") and len(word) > len(family) + 1:
                return self._alias(reference, way)
        raise self._unknown_name(head)

    def _property(self, reference: Reference, *, custom: bool) -> _Typed:
        head, *rest = reference.parts
        if len(rest) < 2:
            raise self.mistake(
                head,
                f"Unrecognized name: {reference}; a property is named with its kind:"
                f" {head.text}.{rest[0].text if rest else 'NAME'}.int_value ("
                + ", ".join(PROPERTY_KINDS)
                + ")",
            )
        name, kind, *more = rest
        type_ = PROPERTY_KINDS.get(kind.text.lower())
        if type_ is None:
            raise self._no_field(kind, f"{head.text}.{name.text}", PROPERTY_KINDS)
        self._no_more(more, type_)
        return Property(at=head.at, name=name.text, custom=custom, type=type_), type_

    def _alias(self, reference: Reference, way: Family) -> _Typed:
        head, *rest = reference.parts
        if not rest:
            raise self.mistake(
                head,
                f"Unrecognized name: {head.text}; say what of it: {head.text}."
                + f", {head.text}.".join(way.fields),
            )
        attribute = way.fields.get(rest[0].text.lower())
        if attribute is None:
            raise self._no_field(rest[0], head.text, way.fields)
        self._no_more(rest[1:], attribute.type)
        alias = self._aliases.setdefault(head.text, Alias(head.text, way))
        return Field(at=head.at, attribute=attribute, alias=alias), attribute.type

    def _name(self, operator: str, expression: Expression, enum: ValueType) -> Literal:
        """The name of an enum's value, as it is stored."""
        if isinstance(expression, Reference):
            name = str(expression)
            if name in enum.names:
                return Literal(at=expression.at, value=name)
        elif isinstance(expression, Literal) and not isinstance(expression.value, (str, float)):
            name = "NULL" if expression.value is None else str(expression.value)
        else:
            _, type_ = self.meaning_of(expression)
            raise self.mistake(
                expression,
                f"No matching signature for operator {operator} for argument types:"
                f" {enum.value}, {type_.value}; {_plural(enum)} are names without quotes:"
                f" {', '.join(enum.names)}",
            )
        hint = "; IS NULL finds what has none" if name == "NULL" else ""
        raise self.mistake(
            expression,
            f"Unsupported enum value specified in the query: {name}; there are"
            f" {', '.join(enum.names)}{hint}",
        )

    def _or_null(self, condition: Expression, operand: Expression) -> _Typed:
        """What is not some state may have no state."""
        null = Test(at=condition.at, operand=operand, what=None, negated=False)
        both = Junction(at=condition.at, operator="OR", operands=(condition, null))
        return both, ValueType.BOOLEAN

    # Mistakes

    def _not_null(self, operator: str, operand: Expression) -> _Typed:
        value, type_ = self.meaning_of(operand)
        if type_ is ValueType.NULL:
            raise self._null(operator, operand)
        return value, type_

    def _null(self, operator: str, operand: Expression) -> InvalidArgument:
        return self.mistake(
            operand, f"Operands of {operator} cannot be literal NULL; there is IS [NOT] NULL"
        )

    def _no_signature(
        self, where: Expression, operator: str, types: Iterable[ValueType]
    ) -> InvalidArgument:
        type_names = ", ".join(type_.value for type_ in types)
        return self.mistake(
            where, f"No matching signature for operator {operator} for argument types: {type_names}"
        )

    def _no_more(self, parts: list[Part], type_: ValueType) -> None:
        if parts:
            raise self.mistake(
                parts[0],
                f"Cannot access field {parts[0].text} on a value with type {type_.value}",
            )

    def _no_field(self, part: Part, of: str, fields: Mapping[str, Any]) -> InvalidArgument:
        return self.mistake(
            part,
            f"Field name {part.text} does not exist in {of}; there are {', '.join(fields)}",
        )

    def _unknown_name(self, part: Part) -> InvalidArgument:
        names = [*ATTRIBUTES[self._kind], "properties", "custom_properties"]
        families = " and ".join(f"{family}_NAME" for family in FAMILIES[self._kind])
        close = get_close_matches(part.text.lower(), names, n=1)
        similar = f"; did you mean {close[0]}?" if close else ""
        return self.mistake(
            part,
            f"Unrecognized name: {part.text}{similar}; of {self._kind}s there are"
            f" {', '.join(names)}, and of what is around them {families}",
        )


_LITERALS: Mapping[type, ValueType] = {
    bool: ValueType.BOOLEAN,
    int: ValueType.INT,
    float: ValueType.DOUBLE,
    str: ValueType.STRING,
    type(None): ValueType.NULL,
}

_RULES: Mapping[type[Expression], Callable[[_Checker, Any], _Typed]] = {
    Literal: _Checker.literal,
    Reference: _Checker.reference,
    Signed: _Checker.signed,
    Arithmetic: _Checker.arithmetic,
    Comparison: _Checker.comparison,
    Membership: _Checker.membership,
    NoList: _Checker.no_list,
    Like: _Checker.like,
    Between: _Checker.between,
    Test: _Checker.test,
    Negation: _Checker.negation,
    Junction: _Checker.junction,
}


def _comparable(types: list[ValueType]) -> bool:
    """Whether values of these types can be compared with one another."""
    if any(type_.names for type_ in types):
        return False
    distinct = set(types) - {ValueType.NULL}
    return len(distinct) < 2 or distinct == {ValueType.INT, ValueType.DOUBLE}


def _ends_in_escape(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1


def _plural(enum: ValueType) -> str:
    return enum.value.lower() + "s"


def _a(type_: ValueType) -> str:
    return "NULL" if type_ is ValueType.NULL else f"of type {type_.value}"
