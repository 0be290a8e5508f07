"""The page, as text: what is in it, and that nothing in it can do harm."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from graphstore.render import Arrow, Box, Picture, page
from graphstore.render.style import look, name_of, rules
from graphstore.render.text import clean, legible
from tests.unit.render.conftest import pictures


class Parser(HTMLParser):
    """A page as a browser takes it apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    def attributes_of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def data_of(text: str) -> dict[str, Any]:
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return json.loads(data)


def test_it_is_one_page_with_all_that_is_known(history: Picture) -> None:
    text = page(history)
    parser = Parser(text)
    assert text.startswith("<!doctype html>")
    assert parser.texts["title"] == ["Downstream of Examples #1"]
    assert parser.texts["h1"] == ["Downstream of Examples #1"]
    data = data_of(text)
    assert data["note"] == "truncated at 5 nodes"
    assert [box["key"] for box in data["boxes"]] == ["a1", "e1", "e2", "a2", "c1"]
    assert data["boxes"][0]["facts"] == [["uri", "s3://bucket/x"]]
    assert [box.get("asked") for box in data["boxes"]] == [None, None, None, 1, None]
    assert [box.get("cut") for box in data["boxes"]] == [None, None, 1, None, None]
    assert data["boxes"][2]["look"] == "executionFailed"  # cut off, and failed all the same
    assert data["arrows"][1] == [0, 1, "examples", "DECLARED_INPUT", 1]
    (view,) = data["views"]
    assert len(view["items"]) == 5
    assert [(line["s"], line["t"]) for line in view["lines"]] == [(0, 1), (0, 1), (0, 2), (1, 3)]
    assert [entry[0] for entry in data["legend"]] == [
        "artifact", "execution", "context", "cached", "failed", "asked about", "cut off here",
    ]  # fmt: skip
    assert data["dashed"] == ["declared input"]
    assert page(history) == text


def test_it_loads_nothing_and_its_policy_lets_nothing_in(history: Picture) -> None:
    text = page(history)
    parser = Parser(text)
    tags = {tag for tag, _ in parser.tags}
    assert tags.isdisjoint({"link", "img", "iframe", "object", "embed", "base", "form", "a"})
    for _, attributes in parser.tags:
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.keys().isdisjoint({"src", "href", "srcset", "style", "action"})
    assert not re.search(r"@import|url\((?!#)|fetch\(|XMLHttp|WebSocket|eval\(|innerHTML", text)
    assert set(re.findall(r"https?://[^\s\"']+", text)) == {"http://www.w3.org/2000/svg"}
    (policy,) = [
        meta["content"] or ""
        for meta in parser.attributes_of("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    # What may run and what may style is what came with the page, to the letter.
    (style,) = parser.texts["style"]
    script = parser.texts["script"][-1]
    for rule, content in (("style-src", style), ("script-src", script)):
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"


HOSTILE = [
    "</script><script>alert(1)</script>", "<!--<script>", "]]>", "{{script}}", "{{data}}",
    "\\u003c/script>", "\"'><img src=x onerror=alert(1)>", "\u2028\u2029", "\x00\x1b[31m",
    "\u202eevil", "\ud800", "中文 \U0001f600 é", "&lt;b&gt;", "a\nb",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    member = Box("f", text, "execution", "CACHED", text)
    boxes = [
        Box(text, text, "artifact", text, text, [(text, text)], name=text, folded=[member]),
        Box("e", text, "execution"),
    ]
    picture = Picture(boxes, [Arrow(text, "e", text, text, True)], text, text)
    html = page(picture)
    html.encode()
    plain = Parser(page(Picture([Box("e", "x", "execution")], title="x")))
    assert [tag for tag, _ in Parser(html).tags] == [tag for tag, _ in plain.tags]
    data = data_of(html)
    first, _, last = data["boxes"]
    assert first["label"] == first["name"] == first["caption"] == clean(text)
    assert first["facts"] == [[clean(text), legible(text)]]
    assert first["folded"] == [2]
    assert last["label"] == clean(text)
    assert data["title"] == (clean(text) or "Picture")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(pictures)
def test_any_picture_becomes_a_page(picture: Picture) -> None:
    text = page(picture)
    text.encode()
    data = data_of(text)
    assert len(data["boxes"]) == len(picture.boxes)
    assert len(data["arrows"]) == len(data["views"][0]["lines"]) == len(picture.arrows)
    assert text.count("<script") == text.count("</script>") == 2


def test_lines_of_a_property_are_kept_and_control_characters_are_not() -> None:
    trace = "Traceback\n\tline 1\r\nEnd\x07\u202e"
    data = data_of(page(Picture([Box("e", "Trainer", "execution", tooltip=[("error", trace)])])))
    assert data["boxes"][0]["facts"] == [["error", "Traceback\n\tline 1\nEnd\ufffd\ufffd"]]


def test_a_property_of_megabytes_is_cut_and_says_so() -> None:
    box = Box("e", "Trainer", "execution", tooltip=[("blob", "x" * 3_000_000)])
    text = page(Picture([box]))
    assert len(text) < 200_000
    ((name, value),) = data_of(text)["boxes"][0]["facts"]
    assert name == "blob"
    assert value.endswith("xx… (3,000,000 characters)")


def test_an_empty_picture_is_a_page_too() -> None:
    data = data_of(page(Picture([])))
    assert data["title"] == "Picture"
    assert (data["boxes"], data["views"][0]["items"]) == ([], [])


def chain(count: int) -> Picture:
    boxes = [Box(str(n), "T", "artifact" if n % 2 else "execution") for n in range(count)]
    return Picture(boxes, [Arrow(str(n), str(n + 1)) for n in range(count - 1)])


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (60, ["All"]),
        (100, ["All"]),  # no two of them stand in one layer
        (200, ["All", "Groups"]),
        (600, ["All", "Groups"]),
        (601, ["Groups", "All"]),
        (1501, ["Groups"]),
    ],
)
def test_many_boxes_are_drawn_in_groups(count: int, names: list[str]) -> None:
    data = data_of(page(chain(count)))
    assert [view["name"] for view in data["views"]] == names
    assert data["count"] == count
    members = [number for box in data["boxes"] for number in box.get("members", ())]
    assert len(members) == len(set(members))
    assert all("members" not in data["boxes"][number] for number in members)
    for view in data["views"]:
        numbers = [number for number, *_ in view["items"]]
        inside = [one for number in numbers for one in data["boxes"][number].get("members", ())]
        own = [number for number in numbers if number < count]
        assert sorted([*own, *inside]) == list(range(count))


def test_long_names_are_cut_where_they_are_drawn_and_whole_in_the_data() -> None:
    name = "s3://bucket/" + "very-long-" * 30 + "model"
    (box,) = data_of(page(Picture([Box("a", "Model", "artifact", name=name)])))["boxes"]
    assert box["name"] == name
    assert box["short"]["name"].startswith("s3://bucket/")
    assert box["short"]["name"].endswith("model")
    assert "…" in box["short"]["name"]
    assert len(box["short"]["name"]) < 45
    assert "label" not in box["short"]


def test_the_colours_are_those_of_the_other_pictures() -> None:
    light, dark = rules(), rules(":root ", dark=True)
    for kind in ("artifact", "execution", "context"):
        for state in (None, "CACHED", "FAILED", "RUNNING", "DELETED"):
            box = Box("x", "x", kind, state)  # type: ignore[arg-type]
            colours = look(box)
            assert f".{name_of(box)}{{--fill:{colours.fill};--line:{colours.line}" in light
            assert f":root .{name_of(box)}{{" in dark
