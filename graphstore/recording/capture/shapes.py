"""What the shape of a value tells: whether it looks like chance, and how far it can be looked for.

The measures are those of tools that look for secrets in files: gitleaks takes 3.5 bits a character
for the least entropy of a generic key (3.7 in older releases), detect-secrets looks for words and
sequences to rule a value out. (Neither is a library for values in memory: both read files, line by
line.)
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Literal

__all__ = ["Reach", "looks_random", "reach"]

Reach = Literal["nowhere", "words", "anywhere"]
"""Where else a secret is looked for: nowhere, as a word by itself, or within other words too."""

_LEAST = 6
_DISTINCTIVE = 12
_PHRASE = 20
_RANDOM_LENGTH, _RANDOM_BITS = 16, 3.5
_SEPARATORS = re.compile(r"[-_. ]+")
_CAPITALS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6}", re.IGNORECASE)
_CLASSES = [re.compile(one) for one in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]")]


def reach(value: str) -> Reach:
    """How far a secret may be looked for in texts about other things without tearing these.

    A password may be ``model``, ``error``, ``v2`` or ``2024``: such a word is hidden where it is
    said to be a secret, and stands elsewhere by chance. ``hunter2`` by itself is hardly chance, and
    what is long and no word is none.
    """
    pieces = _SEPARATORS.split(value)
    if len(value) < _LEAST:
        return "nowhere"
    if all(piece.isalpha() for piece in pieces):
        return "nowhere" if len(value) < _PHRASE and not _is_scrambled(pieces) else "anywhere"
    if all(piece.isdigit() for piece in pieces):  # a number, a date, a version
        return "nowhere" if len(value) < _DISTINCTIVE else "words"
    if len(value) >= _DISTINCTIVE:
        return "anywhere"
    # resnet-50
    is_name = len(pieces) > 1 and all(
        piece.isalpha() or (piece.isdigit() and len(piece) <= 4) for piece in pieces
    )
    return "nowhere" if is_name else "words"


def looks_random(value: str) -> bool:
    """Whether a value looks like a generated key: long, one word, of many characters, no path."""
    if len(value) < _RANDOM_LENGTH or re.search(r"\s|/.*/|^/|:/", value):
        return False
    classes = sum(one.search(value) is not None for one in _CLASSES)
    return classes >= 3 and _entropy(value) >= _RANDOM_BITS and len(_SEPARATORS.split(value)) < 3


def _entropy(value: str) -> float:
    """Shannon's, in bits a character."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())


def _is_scrambled(pieces: list[str]) -> bool:
    """Whether letters make no words: capitals anywhere, or many consonants in a row."""
    letters = "".join(pieces)
    words = sum(len(_CAPITALS.findall(piece)) for piece in pieces)
    return len(letters) < 2.5 * words or _CONSONANTS.search(letters) is not None
