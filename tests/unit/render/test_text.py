from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore.render import hover, style
from graphstore.render.picture import Arrow, Box
from graphstore.render.text import clean, is_measured, shorten, width
from tests.unit.render.conftest import hostile


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two\n lines\r\n", "two lines"),
        ("no\xa0break\u2028", "no break"),
        ("nul\x00, escape\x1b[31m", "nul\ufffd, escape\ufffd[31m"),
        ("turned\u202e round", "turned\ufffd round"),
        ("half a pair \ud83d", "half a pair \ufffd"),
        ("family \U0001f468\u200d\U0001f469 é", "family \U0001f468\u200d\U0001f469 é"),
    ],
)
def test_cleaning_leaves_one_line_that_xml_allows(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_widths_are_those_of_helvetica() -> None:
    # 833 + 556 + 556 + 556 + 222 thousandths.
    assert width("Model", 1000) == pytest.approx(2723)
    assert width("Môdel", 1000) == width("Model", 1000)
    assert width("e\u0301", 10) == width("e", 10)
    assert width("中", 10) == 10
    assert width("Model", 10, bold=True) > width("Model", 10)


def test_we_know_where_we_guess() -> None:
    assert is_measured("Übergrößen #45 · LIVE → …".replace("ß", "ss"))
    assert not is_measured("модель")


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("short", 100, "short"),
        ("/pipelines/iris/Trainer/model/44", 100, "/pipelines/iri…odel/44"),
        ("c46d5755-7a6e-45c6-804c-d55474611341", 100, "c46d5755-7…611341"),
        ("anything", 0, "…"),
    ],
)
def test_the_middle_goes(text: str, room: float, expected: str) -> None:
    assert shorten(text, room, 10) == expected


@given(hostile, st.floats(10, 300))
def test_what_was_shortened_fits(text: str, room: float) -> None:
    short = shorten(clean(text), room, 10)
    assert width(short, 10) <= room
    assert len(short) <= 1000


def test_a_cut_does_not_put_an_accent_on_the_ellipsis() -> None:
    assert shorten("a" * 50 + "e\u0301" * 50, 60, 10).count("…\u0301") == 0


def test_a_tooltip_tells_what_the_box_cannot_hold() -> None:
    box = Box("k", "a" * 300, "artifact", "LIVE", "#45", [("uri", "s3://x"), ("proto", "p" * 9999)])
    label, caption, state, uri, proto = hover.of_box(box)
    assert (label, caption, state, uri) == ("a" * 300, "#45", "state: LIVE", "uri: s3://x")
    assert len(proto) == 2001


def test_a_tooltip_does_not_repeat_the_state_in_the_caption() -> None:
    assert hover.of_box(Box("k", "Model", "artifact", "LIVE", "#45 · LIVE")) == [
        "Model",
        "#45 · LIVE",
    ]


def test_an_arrows_tooltip_says_what_it_joins() -> None:
    arrow = Arrow("a", "b", "base_model", "INPUT", tooltip=[("time", "noon")])
    ends = Box("a", "Model", "artifact"), Box("b", "Trainer", "execution")
    assert hover.of_arrow(arrow, *ends) == ["Model → Trainer", "INPUT", "base_model", "time: noon"]


@pytest.mark.parametrize("kind", ["artifact", "execution", "context"])
@pytest.mark.parametrize("state", [None, "CACHED", "FAILED", "RUNNING", "DELETED", "frontier"])
def test_text_stands_out_from_its_box(kind: str, state: str | None) -> None:
    box = Box("k", "x", kind, state, frontier=state == "frontier")  # type: ignore[arg-type]
    look = style.look(box)
    assert _contrast(look.ink, look.fill) >= 4.5


@pytest.mark.parametrize("colour", [style.INK, style.QUIET, style.WARNING])
def test_text_stands_out_from_the_ground(colour: str) -> None:
    assert _contrast(colour, "#ffffff") >= 4.5


def _contrast(one: str, other: str) -> float:
    """As the Web Content Accessibility Guidelines count it; 4.5 is their bound for small text."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(
        part * channel for part, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )
