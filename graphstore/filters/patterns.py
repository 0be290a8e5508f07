"""The patterns of LIKE as regular expressions of Java's, which are those of Cypher."""

from __future__ import annotations

import re

__all__ = ["like_to_regex"]

_PIECE = re.compile(r"\\(.)|(.)", re.S)


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


def _quote(char: str) -> str:
    return char if char.isascii() and char.isalnum() else f"\\x{{{ord(char):x}}}"
