"""Text that is safe to draw, and how wide it will be, without a font file."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["clean", "is_measured", "legible", "shorten", "width"]

BOLD = 1.06
"""How much wider semibold text is, about."""

# Advance widths of Helvetica (Arial and Liberation Sans have the same) in thousandths of the size.
_WIDTHS = {
    char: thousandths / 1000
    for thousandths, chars in {
        191: "'", 222: "ijl", 260: "|", 278: " !,./:;I[\\]ft", 333: "()-`r·{}", 355: '"',
        389: "*", 469: "^", 500: "Jckvsxyz", 556: "#$0123456789?L_abdeghnopqu",
        584: "+<=>~", 611: "FTZ", 667: "&ABEKPSVXY", 722: "CDHNRUw", 778: "GOQ",
        833: "Mm", 889: "%", 944: "W", 1000: "…→", 1015: "@",
    }.items()
    for char in chars
}  # fmt: skip
_UNKNOWN = 0.65

# What XML 1.0 forbids, what some terminals and parsers obey, and the bidirectional embeddings, with
# which a name could turn round the text that stands after it.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def clean(text: str) -> str:
    """The text on one line, with U+FFFD for what must not be written into a file."""
    return _FORBIDDEN.sub("\ufffd", " ".join(text.split()))


def legible(text: str) -> str:
    """The text with its lines and tabs, and U+FFFD for what must not be written into a file."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        "\t".join(_FORBIDDEN.sub("\ufffd", part) for part in line.split("\t")) for line in lines
    )


def width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide the text is, in the unit of the size."""
    return sum(map(_advance, text)) * size * (BOLD if bold else 1)


def is_measured(text: str) -> bool:
    """Whether `width` knows each character, rather than guesses."""
    return all(_base(char) in _WIDTHS for char in text)


def shorten(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text cut in the middle so that it is no wider than the room.

    The middle goes, because what tells names apart - a path's end, a number - tends to stand at
    an end; the start keeps the larger part.
    """
    # Wide text is not measured whole: a character without a width cannot make up for the rest.
    if len(text) < 1000 and width(text, size, bold=bold) <= room:
        return text
    rest = room - width("…", size, bold=bold)
    head = _fitting(text, rest * 0.6, size, bold)
    tail = _fitting(text[::-1], rest - width(head, size, bold=bold), size, bold)[::-1]
    return f"{head.rstrip()}…{_without_marks(tail.lstrip())}"


def _fitting(text: str, room: float, size: float, bold: bool) -> str:
    """The start of the text that has room; at most 200 characters, however narrow they are."""
    total = 0.0
    for position, char in enumerate(text[:200]):
        total += width(char, size, bold=bold)
        if total > room:
            return text[:position]
    return text[:200]


def _without_marks(text: str) -> str:
    """The text without what would join the ellipsis in front of it."""
    return text.lstrip("".join(char for char in text if not _advance(char)))


def _base(char: str) -> str:
    return char if char in _WIDTHS else unicodedata.normalize("NFD", char)[0]


def _advance(char: str) -> float:
    advance = _WIDTHS.get(_base(char))
    if advance is not None:
        return advance
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0.0
    return 1.0 if unicodedata.east_asian_width(char) in "WF" else _UNKNOWN
