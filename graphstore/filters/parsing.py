"""From the text of a filter to its tree; lark does it, and is loaded by the first filter."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from graphstore.model.values import INT64_MAX, check_text

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "parse"]

MAX_LENGTH = 100_000
"""Characters of a filter."""
MAX_DEPTH = 100
"""Parts inside one another; parentheses alone do not count, nor does how many an AND joins."""


class _Bad(Exception):
    """A mistake inside a token, which knows nothing of the text around it."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at, self.why = at, why


def parse(text: str) -> Expression:
    """The tree of a filter.

    Raises:
        InvalidArgument: If it is no filter; the message shows where, and why.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidArgument(
            f"the filter has {len(text):,} characters; at most {MAX_LENGTH:,} are taken"
        )
    try:
        check_text(text)
    except ValueError as error:
        raise InvalidArgument(f"the filter: expected {error}") from None
    if not text.strip():
        raise mistake(text, 0, "Syntax error: the filter is empty")

    from lark.exceptions import UnexpectedInput

    try:
        tree: Any = _parser().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(text, error) from None
    except _Bad as error:
        raise mistake(text, error.at, error.why) from None
    expression: Expression = tree
    return expression


@cache
def _parser() -> Lark:
    from lark import Lark

    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    # The tree is built while parsing, which takes no stack, however deep it is.
    return Lark(grammar, parser="lalr", transformer=_Builder(), propagate_positions=False)


class _Builder:
    """Makes the parts of the tree; a method is called as its rule in the grammar."""

    def or_(self, items: list[Any]) -> Expression:
        return _deep(Junction(at=items[0].at, operator="OR", operands=tuple(items[::2])))

    def and_(self, items: list[Any]) -> Expression:
        return _deep(Junction(at=items[0].at, operator="AND", operands=tuple(items[::2])))

    def negated(self, items: list[Any]) -> Expression:
        return _deep(Negation(at=_at(items[0]), operand=items[1]))

    def comparison(self, items: list[Any]) -> Expression:
        left, operator, right = items
        sign = "!=" if operator == "<>" else str(operator)
        return _deep(Comparison(at=_at(operator), operator=sign, left=left, right=right))

    def membership(self, items: list[Any]) -> Expression:
        operand, *words = (item for item in items if item is not None)
        values = tuple(word for word in words if isinstance(word, Expression))
        negated = len(words) - len(values) == 2
        return _deep(Membership(at=_at(words[0]), operand=operand, values=values, negated=negated))

    def no_list(self, items: list[Any]) -> Expression:
        return NoList(at=items[-1].at, operand=items[0], value=items[-1])

    def like(self, items: list[Any]) -> Expression:
        operand, *words, pattern = items
        return _deep(
            Like(at=_at(words[0]), operand=operand, pattern=pattern, negated=len(words) == 2)
        )

    def between(self, items: list[Any]) -> Expression:
        operand, *words, low, _, high = items
        negated = len(words) == 2
        return _deep(
            Between(at=_at(words[0]), operand=operand, low=low, high=high, negated=negated)
        )

    def test(self, items: list[Any]) -> Expression:
        operand, word, *negation, what = items
        value = _CONSTANTS[what.lower()]
        return _deep(Test(at=_at(word), operand=operand, what=value, negated=bool(negation)))

    def arithmetic(self, items: list[Any]) -> Expression:
        left: Expression = items[0]
        for operator, right in zip(items[1::2], items[2::2], strict=True):
            left = _deep(
                Arithmetic(at=_at(operator), operator=str(operator), left=left, right=right)
            )
        return left

    def signed(self, items: list[Any]) -> Expression:
        return _deep(Signed(at=_at(items[0]), sign=str(items[0]), operand=items[1]))

    def reference(self, items: list[Token]) -> Expression:
        parts = tuple(
            Part(item[1:-1] if item.startswith("`") else str(item), _at(item)) for item in items
        )
        return Reference(at=parts[0].at, parts=parts)

    def integer(self, items: list[Token]) -> Expression:
        text = items[0].lower()
        digits = text.removeprefix("0x")
        if len(digits) > 4000:  # Python refuses to read more
            raise _Bad(_at(items[0]), "Invalid integer literal: it has more than 64 bits")
        value = int(digits, 16 if text.startswith("0x") else 10)
        if value > INT64_MAX + 1:  # one more, for the sign that may stand before it
            raise _Bad(_at(items[0]), f"Invalid integer literal: {text} has more than 64 bits")
        return Literal(at=_at(items[0]), value=value)

    def double(self, items: list[Token]) -> Expression:
        value = float(items[0])
        if value == float("inf"):
            raise _Bad(_at(items[0]), "Invalid floating point literal: it is too large")
        return Literal(at=_at(items[0]), value=value)

    def string(self, items: list[Token]) -> Expression:
        return Literal(at=_at(items[0]), value=_unescape(items[0]))

    def literal(self, items: list[Token]) -> Expression:
        return Literal(at=_at(items[0]), value=_CONSTANTS[items[0].lower()])


_CONSTANTS = {"true": True, "false": False, "null": None}

_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.S
)
_CHARACTERS = {
    **dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True)),
    **{char: char for char in "\\'\"`?"},
    # No escapes of text, but of patterns: LIKE 'a\%' is what people write, as in MySQL.
    "%": "\\%",
    "_": "\\_",
}


def _unescape(token: Token) -> str:
    def char(match: re.Match[str]) -> str:
        at = _at(token) + 1 + match.start()
        *hexadecimal, octal, other = match.groups()
        code = next((int(digits, 16) for digits in hexadecimal if digits), None)
        if octal:
            code = int(octal, 8)
        if code is not None and code < 0x110000 and not 0xD800 <= code < 0xE000:
            return chr(code)
        if other in _CHARACTERS:
            return _CHARACTERS[other]
        raise _Bad(at, f"Syntax error: Illegal escape sequence: {match[0]}")

    return _ESCAPE.sub(char, token[1:-1])


def _at(token: Token) -> int:
    return token.start_pos or 0


def _deep(expression: Expression) -> Expression:
    if expression.depth > MAX_DEPTH:
        raise _Bad(
            expression.at, f"the filter is nested too deep: at most {MAX_DEPTH} levels are taken"
        )
    return expression


def _syntax_error(text: str, error: UnexpectedInput) -> InvalidArgument:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return mistake(
            text,
            _at(error.token),
            f"Syntax error: Unexpected {str(error.token)!r}" + _hint(text, error.token),
        )
    if isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        why = {"'": "Unclosed string literal", '"': "Unclosed string literal"}.get(
            text[at], f"Unexpected {text[at]!r}"
        )
        return mistake(text, at, f"Syntax error: {why}")
    return mistake(text, len(text.rstrip()), "Syntax error: Unexpected end of expression")


def _hint(text: str, token: Token) -> str:
    if token == "(" and re.search(r"\w\s*$", text[: _at(token)]):
        return "; filters have no functions"
    return "; equality is written =" if token == "=" and text[_at(token) - 1] == "=" else ""
