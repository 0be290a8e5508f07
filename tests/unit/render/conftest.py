"""Pictures to draw, and text that would rather not be drawn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import strategies as st

from graphstore.render import Arrow, Box, Picture

# What Mermaid, Graphviz and XML give a meaning to, wherever they meet it.
PIECES = [
    *"\"'`[](){}<>|&#;:%!@$*_~^=+-/\\",
    "%%", "%%{init: {}}%%", "-->", "---", ":::", "$$", "@{", "\\n", "\\N", "fa:fa-car", "1. ",
    "- ", "end", "subgraph", "style a fill:#f00;", "classDef:#q;", "click a", "direction TB",
    "graph", "&lt;", "&#60;", "#60;", "#quot;", "\ufb02\xb0\xb060\xb6\xdf", "<br/>", "]]>", "<!--",
    "</title>",
    "<script>alert(1)</script>", "javascript:alert(1)", "http://a.b/c?d=e&f",
    "\n", "\r\n", "\t", "\x00", "\x1b[31m", "\x85", "\u2028", "\u202e", "\ud800", "\ufffe",
    "\ufeff",
    "a", "W", " ", "é", "e\u0301", "中文", "مرحبا", "\U0001f600", "\ufdfd",
    "\U0001f468\u200d\U0001f469",
]  # fmt: skip

hostile = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.text(st.characters(), max_size=30),
    st.sampled_from(PIECES).map(lambda piece: piece * 400),
)
"""Text of any kind, surrogates and control characters among it."""


@st.composite
def _pictures(draw: st.DrawFn) -> Picture:
    texts = st.tuples(hostile, hostile)
    boxes = [
        Box(
            key=f"{number}{draw(hostile)}",
            label=draw(hostile),
            kind=draw(st.sampled_from(["artifact", "execution", "context"])),
            state=draw(st.none() | st.sampled_from(["CACHED", "FAILED", "RUNNING"]) | hostile),
            caption=draw(hostile),
            tooltip=draw(st.lists(texts, max_size=2)),
            emphasis=draw(st.booleans()),
            frontier=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    keys = st.sampled_from([box.key for box in boxes] or [""])
    arrows = [
        Arrow(
            draw(keys), draw(keys), draw(hostile), draw(hostile), draw(st.booleans()),
            draw(st.lists(texts, max_size=2)),
        )
        for _ in range(draw(st.integers(0, 6)) if boxes else 0)
    ]  # fmt: skip
    return Picture(boxes, arrows, draw(hostile), draw(hostile))


pictures = _pictures()
"""Small pictures with hostile text everywhere; loops, circles and parallel arrows among them."""


@pytest.fixture
def history() -> Picture:
    """What became of a dataset: the size of picture that people look at."""
    return Picture(
        boxes=[
            Box("a1", "Examples", "artifact", "LIVE", "#1 · LIVE", [("uri", "s3://bucket/x")]),
            Box("e1", "Trainer", "execution", "CACHED", "#1 · CACHED"),
            Box("e2", "Trainer", "execution", "FAILED", "#2 · FAILED", frontier=True),
            Box("a2", "Model", "artifact", "LIVE", "#2 · LIVE", emphasis=True),
            Box("c1", "nightly", "context", None),
        ],
        arrows=[
            Arrow("a1", "e1", "examples", "INPUT"),
            Arrow("a1", "e1", "examples", "DECLARED_INPUT", dashed=True),
            Arrow("a1", "e2", "examples", "INPUT"),
            Arrow("e1", "a2", "model", "OUTPUT"),
        ],
        title="Downstream of Examples #1",
        note="truncated at 5 nodes",
    )


@pytest.fixture
def star() -> Callable[[int], Picture]:
    """One dataset that very many runs have read."""

    def make(runs: int) -> Picture:
        boxes = [Box(str(number), f"Run {number}", "execution") for number in range(runs)]
        arrows = [Arrow("data", str(number), "examples") for number in range(runs)]
        return Picture([Box("data", "Examples", "artifact"), *boxes], arrows)

    return make
