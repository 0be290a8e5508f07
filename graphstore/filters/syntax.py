"""What a filter says, as a tree; not yet what it means.

Each part knows where it begins in the filter's text (`at`, from 0), so that an error can point
there, and how deep it is, so that nothing that walks the tree can run out of stack.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal as OneOf

__all__ = [
    "Arithmetic",
    "Between",
    "Comparison",
    "Expression",
    "Junction",
    "Like",
    "Literal",
    "Membership",
    "Negation",
    "NoList",
    "Part",
    "Reference",
    "Signed",
    "Test",
]


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A part of a filter."""

    at: int
    """Where it begins, or where its operator stands."""
    depth: int = field(init=False, default=1)
    """How many parts are inside one another, this one included."""

    def __post_init__(self) -> None:
        depth = 1 + max((child.depth for child in self.children()), default=0)
        object.__setattr__(self, "depth", depth)

    def children(self) -> Iterator[Expression]:
        """The parts that it is made of."""
        for value in vars(self).values():
            if isinstance(value, Expression):
                yield value
            elif isinstance(value, tuple):
                yield from (item for item in value if isinstance(item, Expression))

    def walk(self) -> Iterator[Expression]:
        """It and all parts in it."""
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True, kw_only=True)
class Literal(Expression):
    """A value that is written out: a number, a text, TRUE, FALSE or NULL (None)."""

    value: int | float | str | bool | None


@dataclass(frozen=True)
class Part:
    """One name of those that dots join."""

    text: str
    """The name, without backquotes."""
    at: int


@dataclass(frozen=True, kw_only=True)
class Reference(Expression):
    """Names joined by dots: ``uri``, ``contexts_run.name``, ``properties.steps.int_value``."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return ".".join(part.text for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class Signed(Expression):
    """A sign and what it stands before."""

    sign: str
    operand: Expression


@dataclass(frozen=True, kw_only=True)
class Arithmetic(Expression):
    """Two numbers and what is done to them."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, kw_only=True)
class Comparison(Expression):
    """Two values compared."""

    operator: str
    """One of ``=``, ``!=``, ``<``, ``<=``, ``>`` and ``>=``."""
    left: Expression
    right: Expression


@dataclass(frozen=True, kw_only=True)
class Membership(Expression):
    """Whether a value is one of several: IN."""

    operand: Expression
    values: tuple[Expression, ...]
    negated: bool


@dataclass(frozen=True, kw_only=True)
class NoList(Expression):
    """An IN whose list lacks its parentheses; only an error can be made of it."""

    operand: Expression
    value: Reference


@dataclass(frozen=True, kw_only=True)
class Like(Expression):
    """Whether a text is like a pattern."""

    operand: Expression
    pattern: Expression
    negated: bool


@dataclass(frozen=True, kw_only=True)
class Between(Expression):
    """Whether a value lies between two others, or is one of them."""

    operand: Expression
    low: Expression
    high: Expression
    negated: bool


@dataclass(frozen=True, kw_only=True)
class Test(Expression):
    """IS: whether a value is NULL, or a condition TRUE or FALSE; never NULL itself."""

    operand: Expression
    what: bool | None
    negated: bool


@dataclass(frozen=True, kw_only=True)
class Negation(Expression):
    """NOT."""

    operand: Expression


@dataclass(frozen=True, kw_only=True)
class Junction(Expression):
    """Conditions of which all (AND) or some (OR) must hold; two or more."""

    operator: OneOf["AND", "OR"]
    operands: tuple[Expression, ...]
