"""Text that a terminal shows as it is: what somebody calls a thing cannot steer it.

Control characters, ESC above all, and those that turn the direction of writing are written as
Python escapes them, ``\\x1b``. Everything that is printed for people passes through here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

__all__ = ["Printable", "one_line", "printable", "printable_json"]

# C0 but for tab and line feed, DEL, C1 (U+009B begins a sequence as ESC [ does), the separators
# that some take for line ends, what turns the direction of writing, and surrogates, which no
# terminal can be sent.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_LINE = re.compile("[\t\n]")


def printable(text: str) -> str:
    """The text with its lines and tabs, and nothing else that a terminal obeys."""
    return _CONTROL.sub(_escape, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The text on one line, as a cell of a table or a name within a sentence."""
    return _LINE.sub(_escape, printable(text))


def printable_json(text: str) -> str:
    """JSON that means the same, without what JSON need not escape and a terminal obeys."""
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class Printable:
    """Something that is printed: the text of each kind of it is printable, whoever wrote it."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in ("__str__", "to_text"):
            if name in cls.__dict__:
                setattr(cls, name, _printing(cls.__dict__[name]))


def _printing(method: Callable[..., str]) -> Callable[..., str]:
    @wraps(method)
    def text(*arguments: Any, **options: Any) -> str:
        return printable(method(*arguments, **options))

    return text


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


class _PrintableLog(logging.Filter):
    """Lets no warning of ours steer the terminal on which it ends; others stay as they are."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if (safe := printable(message)) != message:
            record.msg, record.args = safe, ()
        return True


# A filter counts for the logger that it is put on, and not for those below that.
for _name in ("graphstore", "graphstore.database", "graphstore.local"):
    logging.getLogger(_name).addFilter(_PrintableLog())
