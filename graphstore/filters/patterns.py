"""The patterns of LIKE as regular expressions of Java's, and the texts that they begin with."""

from __future__ import annotations

import re

__all__ = ["beginning", "like_to_regex"]

_PIECE = re.compile(r"\\(.)|(.)", re.S)
_TO_A_LETTER = re.compile(r"[^A-Za-z]*[A-Za-z]|[^A-Za-z]+$")
_LONGEST = 400
"""Characters of a beginning that are looked up; what comes after them tells little more."""


def like_to_regex(pattern: str) -> str:
    r"""The regular expression that the whole text must match to be LIKE `pattern`.

    ``%`` is any text, ``_`` any one character, and a backslash takes the meaning from what comes
    after it. Letters of ASCII match in either case, as they do for ML Metadata on SQLite; others
    only themselves. It matches in linear time: what stands between two ``%`` is looked for once,
    and the first place where it is found is good enough for all that follows.
    """
    runs: list[str] = [""]
    for literal, char in _PIECE.findall(pattern):
        if char == "%":
            runs.append("")
        else:
            runs[-1] += "." if char == "_" else _quote(literal or char)
    first, *middle = runs
    if not middle:
        return f"(?is){first}"
    *middle, last = middle
    inner = "".join(f"(?>.*?{run})" for run in middle if run)
    return f"(?is){first}{inner}.*{last}"


def beginning(pattern: str) -> list[list[str]]:
    r"""How every text begins that is LIKE `pattern`, a piece after the other.

    Args:
        pattern: ``s3\_/a%``, say.

    Returns:
        Of each piece, in order, all ways to write it: [["s", "S"], ["3_/a", "3_/A"]]. A piece ends
        in a letter of ASCII, which has two cases, or is the last one. [] if a text may begin as
        it likes.
    """
    begin = ""
    for literal, char in _PIECE.findall(pattern):
        if char in ("%", "_") or len(begin) == _LONGEST:
            break
        begin += literal or char
    pieces = _TO_A_LETTER.findall(begin)
    return [
        sorted({one[:-1] + one[-1:].swapcase(), one}) if one[-1:].isascii() else [one]
        for one in pieces
    ]


def _quote(char: str) -> str:
    return char if char.isascii() and char.isalnum() else f"\\x{{{ord(char):x}}}"
