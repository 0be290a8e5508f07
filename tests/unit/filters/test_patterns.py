"""The patterns of LIKE; Python's regular expressions read what is written for Java's here."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore.filters.patterns import beginning, like_to_regex


def is_like(text, pattern):
    # Python before 3.11 has no atomic groups, and none matches what they do not.
    regex = like_to_regex(pattern).removeprefix("(?is)").replace("(?>", "(?:")
    regex = re.sub(r"\\x\{(\w+)\}", lambda m: re.escape(chr(int(m[1], 16))), regex)
    # The flag ASCII: as in Java, only these letters have two cases.
    return re.fullmatch(regex, text, re.I | re.S | re.A) is not None


def reference(text, pattern):
    """LIKE by its definition."""
    if not pattern:
        return not text
    head, rest = pattern[0], pattern[1:]
    if head == "%":
        return any(reference(text[i:], rest) for i in range(len(text) + 1))
    if head == "\\":
        head, rest = rest[0], rest[1:]
    elif head == "_":
        return bool(text) and reference(text[1:], rest)
    return bool(text) and text[0].lower() == head.lower() and reference(text[1:], rest)


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("model", "MO%", True),
        ("model", "m_del", True),
        ("model", "mode", False),
        ("", "", True),
        ("", "%", True),
        ("a\nb", "a%b", True),
        ("a\nb", "a_b", True),
        ("50%", r"50\%", True),
        ("501", r"50\%", False),
        ("a_b", r"a\_b", True),
        ("axb", r"a\_b", False),
        ("a\\b", r"a\\b", True),
        ("a.b", "a.b", True),
        ("axb", "a.b", False),
        ("(x)*", "(x)*", True),
        ("abab", "%ab", True),
        ("aab", "%a%ab", True),
        ("ab", "%a%ab", False),
    ],
)
def test_patterns(text, pattern, expected):
    assert is_like(text, pattern) is expected


TEXT = st.text("ab%_\\", max_size=8)


@given(TEXT, st.lists(st.sampled_from(["a", "B", "%", "_", r"\%", r"\_", r"\\"]), max_size=6))
def test_patterns_mean_what_like_means(text, pieces):
    assert is_like(text, "".join(pieces)) is reference(text, "".join(pieces))


def test_letters_beyond_ascii_match_themselves_alone():
    assert like_to_regex("ä") == r"(?is)\x{e4}"


def test_many_wildcards_take_no_time():
    if not hasattr(re, "NOFLAG"):
        pytest.skip("Python's own regular expressions have atomic groups from 3.11 on")
    regex = like_to_regex("%a" * 20 + "%b").removeprefix("(?is)")
    began = time.perf_counter()
    assert re.fullmatch(regex, "a" * 2000) is None
    assert time.perf_counter() - began < 60  # with backtracking it takes years


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        ("", []),
        ("%a", []),
        ("_a", []),
        ("/1%a", [["/1"]]),
        ("a", [["A", "a"]]),
        (r"s3:\_A/%", [["S", "s"], ["3:_A", "3:_a"], ["/"]]),
        ("ä\u017fk_", [["ä\u017fK", "ä\u017fk"]]),
    ],
)
def test_how_patterns_begin(pattern, pieces):
    assert beginning(pattern) == pieces


@given(TEXT, st.lists(st.sampled_from(["a", "B", "%", "_", r"\%", r"\_", r"\\"]), max_size=6))
def test_what_is_like_a_pattern_begins_as_it_does(text, pieces):
    begins = [""]
    for ways in beginning("".join(pieces)):
        begins = [begin + way for begin in begins for way in ways]
    if is_like(text, "".join(pieces)):
        assert text.startswith(tuple(begins))
