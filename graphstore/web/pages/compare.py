"""Runs, models or steps side by side: what differs, over which steps, and in which lines."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import groupby, zip_longest
from shlex import quote
from typing import Any

from graphstore.errors import InvalidArgument
from graphstore.model.plain import in_json
from graphstore.model.refs import reference
from graphstore.questions.compare import Comparison, Fact
from graphstore.web.pages.curves import charts_of
from graphstore.web.pages.frame import Asked, Behind, Page, View
from graphstore.web.pages.words import name_of

__all__ = ["PAGES"]

_MOST = 200
"""Subjects of one page: of a sweep its curves."""
_COLUMNS = 20
"""Subjects side by side."""
_FACTS = 500
_LONG = 60
"""Characters from which on a value is compared line by line."""
_AXES = 12
_LINES = 1000
"""Lines of a text that are compared."""


@dataclass(frozen=True)
class _Row:
    """A fact in the table."""

    fact: Fact
    texts: list[str]
    is_long: bool
    """Whether a value is too long for a cell, and its lines are worth a look."""

    @property
    def key(self) -> str:
        """What the address calls it."""
        return f"{self.fact.group}.{self.fact.name}"


def compare(asked: Asked) -> View:
    """What the address names side by side."""
    refs = _refs(asked)
    if len(refs) < 2:
        return View("Compare", "compare.html", {"comparison": None, "refs": refs})
    comparison = asked.store.compare(refs, limit=_MOST, curves=False, as_of=asked.as_of)
    facts = comparison.facts if asked.text("all") else comparison.differences
    shown = [_row(fact) for fact in facts[:_FACTS]]
    columns = comparison.columns
    names = [name_of(one) for one in comparison.subjects]
    axes = _axes(comparison)
    text = asked.text("text")
    view = {
        "comparison": comparison,
        "refs": refs,
        "rows": shown,
        "groups": [
            (group, list(some)) for group, some in groupby(shown, lambda row: row.fact.group)
        ],
        "found": len(facts),
        "names": names,
        "most": _COLUMNS,
        "hidden": len(comparison.facts) - len(facts),
        "parallel": {
            "axes": axes,
            "lines": [
                {"id": id_, "name": name, "values": [axis["values"][at] for axis in axes]}
                for at, (id_, name) in enumerate(zip(columns, names, strict=True))
            ],
        },
        "lines": _text(comparison, text) if text else None,
        "text": text,
    }
    listed = ", ".join(map(repr, refs))
    behind = Behind(f"store.compare({listed})", f"graphstore compare {' '.join(map(quote, refs))}")
    return View("Compare", "compare.html", view, behind)


def curves(asked: Asked) -> View:
    """What they logged over steps; the other page brings it in when it is there."""
    comparison = asked.store.compare(_refs(asked), limit=_MOST, as_of=asked.as_of)
    names = [name_of(one) for one in comparison.subjects]
    charts = charts_of(zip(comparison.columns, names, comparison.curves, strict=False))
    return View("Metrics over steps", "compare-curves.html", {"charts": charts})


def _refs(asked: Asked) -> list[str]:
    """What is to be compared, each once.

    Raises:
        InvalidArgument: If one names no node, or there are too many.
    """
    refs = list(dict.fromkeys(reference(text).short for text in asked.texts("of")))
    if len(refs) > _MOST:
        raise InvalidArgument(f"{len(refs)} are to be compared; a page has {_MOST} at most")
    return refs


def _row(fact: Fact) -> _Row:
    texts = fact.texts()[:_COLUMNS]
    lengths = [len(_lines_of(value)) for value in fact.values[:_COLUMNS]]
    is_long = fact.differs and (max(map(len, texts)) > _LONG or max(lengths) > 1)
    return _Row(fact, texts, is_long)


def _axes(comparison: Comparison) -> list[dict[str, Any]]:
    """Metrics and parameters that differ, as axes: numbers, or names where one is none."""
    facts = [
        one for one in comparison.differences if one.group in ("parameter", "metric") and _fits(one)
    ]
    facts.sort(key=lambda one: one.group != "parameter")  # what was told first, then what came out
    of_each = [[one for one in facts if one.group == group] for group in ("parameter", "metric")]
    half = _AXES - min(len(of_each[1]), _AXES // 2)
    chosen = of_each[0][:half]
    chosen += of_each[1][: _AXES - len(chosen)]
    return [_axis(one) for one in chosen]


def _fits(fact: Fact) -> bool:
    return all(
        isinstance(v, (int, float)) or len(_plain(v)) <= _LONG for v in fact.values if v is not None
    )


def _axis(fact: Fact) -> dict[str, Any]:
    numbers = all(
        v is None or (isinstance(v, (int, float)) and not isinstance(v, bool)) for v in fact.values
    )
    if numbers:
        values = [v if v is not None and math.isfinite(v) else None for v in fact.values]
        known = [v for v in values if v is not None]
        positive = bool(known) and min(known) > 0 and max(known) / min(known) > 100
        return {
            "name": fact.name,
            "group": fact.group,
            "type": "log" if positive else "value",
            "values": values,
        }
    texts = [None if v is None else _plain(v) for v in fact.values]
    names = sorted({one for one in texts if one is not None})
    return {
        "name": fact.name,
        "group": fact.group,
        "type": "category",
        "names": names,
        "values": texts,
    }


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str) else json.dumps(in_json(value), ensure_ascii=False)


def _lines_of(value: Any) -> list[str]:
    """A value as lines: a text as it is, what is built of others a part a line."""
    if value is None:
        return []
    if isinstance(value, str):
        try:
            plain = json.loads(value) if value.lstrip()[:1] in ("{", "[") else None
        except ValueError:
            plain = None
        if plain is None:
            return value.splitlines()
    else:
        plain = in_json(value)
    if isinstance(plain, (dict, list)):
        return json.dumps(plain, indent=1, ensure_ascii=False).splitlines()
    return [_plain(value)]


def _text(comparison: Comparison, key: str) -> dict[str, Any]:
    """A fact line by line: the first subject's beside each other's.

    Raises:
        InvalidArgument: If there is no such fact.
    """
    fact = next((one for one in comparison.facts if f"{one.group}.{one.name}" == key), None)
    if fact is None:
        raise InvalidArgument(f"text={key}: nothing of that name is known of these")
    first, *others = [_lines_of(value) for value in fact.values[:_COLUMNS]]
    return {
        "key": key,
        "first": comparison.columns[0],
        "sides": [
            {"id": id_, "rows": list(_beside(first[:_LINES], lines[:_LINES]))}
            for id_, lines in zip(comparison.columns[1:], others, strict=False)
            if lines != first
        ],
        "is_cut": max(map(len, (first, *others))) > _LINES,
        "most": _LINES,
    }


def _beside(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Lines of two texts: how they stand to each other, and both; of what is alike three lines
    around what is not."""
    for group in SequenceMatcher(None, one, other, autojunk=False).get_grouped_opcodes(3):
        for tag, begin, end, start, stop in group:
            for left, right in zip_longest(one[begin:end], other[start:stop], fillvalue=""):
                yield tag, left, right
        yield "gap", "", ""


PAGES = (Page("/compare", compare), Page("/compare/curves", curves))
