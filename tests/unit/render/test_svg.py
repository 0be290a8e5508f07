from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

from graphstore.errors import MissingExtra
from graphstore.render import Arrow, Box, Picture, svg
from graphstore.render.layout import Drawing, arrange, role_size
from graphstore.render.text import clean
from tests.unit.render.conftest import pictures

SVG = "{http://www.w3.org/2000/svg}"


def tree(picture: Picture) -> ET.Element:
    return ET.fromstring(svg(picture).encode())


def groups(root: ET.Element, attribute: str = "data-key") -> list[ET.Element]:
    return [group for group in root.iter(f"{SVG}g") if attribute in group.attrib]


def texts(element: ET.Element) -> list[str]:
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def test_a_history_is_drawn(history: Picture) -> None:
    root = tree(history)
    boxes = groups(root)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "Downstream of Examples #1"
    assert root.findtext(f"{SVG}desc") == (
        "2 artifacts, 1 context, 2 executions, 4 arrows between them; truncated at 5 nodes"
    )
    assert [box.get("data-key") for box in boxes] == ["a1", "e1", "e2", "a2", "c1"]
    assert texts(boxes[0]) == ["Examples", "#1 · LIVE"]
    assert boxes[0].findtext(f"{SVG}title") == "Examples\n#1 · LIVE\nuri: s3://bucket/x"
    assert len(groups(root, "data-source")) == 4
    assert texts(root)[:2] == ["Downstream of Examples #1", "truncated at 5 nodes"]
    assert texts(root).count("examples") == 3


def test_the_legend_explains_what_occurs_and_nothing_else(history: Picture) -> None:
    assert texts(list(tree(history))[-1]) == [
        "artifact", "execution", "context", "cached", "asked about", "cut off here",
        "declared input",
    ]  # fmt: skip
    assert texts(tree(Picture([Box("a", "Model", "artifact", "LIVE")]))) == ["Model", "artifact"]


def test_states_and_kinds_look_different() -> None:
    kinds = ("artifact", "execution", "context")
    states = (None, "CACHED", "FAILED", "RUNNING", "CANCELED")
    boxes = [Box(f"{k}{s}", "x", k, s) for k in kinds for s in states]  # type: ignore[arg-type]
    shapes = [
        {**shape.attrib, "tag": shape.tag}
        for group in groups(tree(Picture(boxes)))
        for shape in group
        if shape.tag in {f"{SVG}rect", f"{SVG}polygon"}
    ]
    look = {
        tuple(shape.get(key) for key in ("tag", "rx", "fill", "stroke", "stroke-dasharray"))
        for shape in shapes
    }
    assert len(look) == len(boxes)


def test_nothing_is_loaded_and_nothing_runs(history: Picture) -> None:
    text = svg(history)
    assert text.count("http") == 1  # the namespace
    assert not any(word in text for word in ("<script", "<style", "<image", "href", "@import"))


@pytest.mark.parametrize("title", ["", "Upstream of Model #9"])
def test_an_empty_picture_says_so(title: str) -> None:
    assert "Nothing to draw." in texts(tree(Picture((), title=title)))


def test_loops_circles_and_parallel_arrows_are_drawn() -> None:
    boxes = [Box(key, key, "execution") for key in "abc"]
    ends = ["aa", "aa", "ab", "ab", "ba", "bc", "ca"]
    root = tree(Picture(boxes, [Arrow(*end) for end in ends]))
    lines = [group.find(f"{SVG}path") for group in groups(root, "data-source")]
    assert len({line.get("d") for line in lines if line is not None}) == len(ends)


@pytest.mark.parametrize("ends", ["aa", "ab"])
def test_each_of_two_parallel_arrows_has_its_label(ends: str) -> None:
    boxes = [Box(key, key, "execution") for key in "ab"]
    picture = Picture(boxes, [Arrow(*ends, "INPUT"), Arrow(*ends, "DECLARED_INPUT")])
    assert {"INPUT", "DECLARED_INPUT"} < set(texts(tree(picture)))


def test_a_long_name_is_cut_and_whole_in_the_tooltip() -> None:
    root = tree(Picture([Box("a", "x" * 1500 + "end", "artifact")]))
    [box] = groups(root)
    assert box.findtext(f"{SVG}title") == "x" * 1500 + "end"
    assert texts(box)[0].endswith("end")
    assert len(texts(box)[0]) < 40
    assert float(root.get("width", "")) < 500


def test_the_width_of_unknown_letters_is_kept_to() -> None:
    [latin, unknown] = groups(
        tree(Picture([Box("a", "model", "artifact"), Box("b", "модель", "artifact")]))
    )
    assert latin.find(f"{SVG}text[@textLength]") is None
    assert unknown.find(f"{SVG}text[@textLength]") is not None


@pytest.mark.slow
def test_the_same_picture_gives_the_same_bytes_in_every_process(history: Picture) -> None:
    script = (
        "from graphstore.render import *\n"
        "boxes = [Box(str(n), f'Box {n}', 'artifact', caption=str(n)) for n in range(60)]\n"
        "arrows = [Arrow(str(n * n % 61 % 60), str(n), 'role') for n in range(60)]\n"
        "arrows += [Arrow('0', str(n)) for n in range(1, 60)]\n"
        "print(svg(Picture(boxes, arrows)))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert svg(history) == svg(history)


def test_without_graphlay_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphlay", None)
    with pytest.raises(MissingExtra, match=r"drawing a picture needs .* 'graphlay'") as error_info:
        svg(Picture([Box("a", "Model", "artifact")]))
    assert error_info.value.extra == "draw"


def assert_sound(drawing: Drawing) -> None:
    """No box on another, each within the drawing, and no label on a box."""
    for left, top, right, bottom in (box.rect for box in drawing.boxes):
        assert left >= -0.01
        assert top >= -0.01
        assert right <= drawing.width + 0.01
        assert bottom <= drawing.height + 0.01
    areas = [(box.rect, True) for box in drawing.boxes]
    for route in drawing.routes:
        if route.label_at:
            (x, y), (wide, high) = route.label_at, role_size(route.label)
            # Three pixels of air on each side belong to the size.
            label = (x - wide / 2 + 3, y - high / 2 + 2, x + wide / 2 - 3, y + high / 2 - 2)
            areas.append((label, False))
    areas.sort(key=lambda area: area[0][1])
    for at, (one, is_box) in enumerate(areas):
        for other, is_other_box in areas[at + 1 :]:
            if other[1] >= one[3]:
                break  # nor does any further down: of hundreds, all pairs would be very many
            assert not ((is_box or is_other_box) and overlap(one, other))


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return (
        one[0] < other[2] - 0.01
        and other[0] < one[2] - 0.01
        and one[1] < other[3] - 0.01
        and other[1] < one[3] - 0.01
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pictures)
def test_hostile_text_is_drawn_as_text(picture: Picture) -> None:
    root = tree(picture)
    assert [box.get("data-key") for box in groups(root)] == [clean(b.key) for b in picture.boxes]
    assert len(groups(root, "data-source")) == len(picture.arrows)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "defs", "marker", "path", "g", "rect", "polygon", "text",
    }  # fmt: skip
    assert_sound(arrange(picture))


@pytest.mark.slow
@pytest.mark.parametrize("runs", [24, 25, 60, 600])
def test_many_arrows_at_one_box_share_a_trunk(star: Callable[[int], Picture], runs: int) -> None:
    drawing = arrange(star(runs))
    assert_sound(drawing)
    assert drawing.width < 1500
    source, targets = drawing.boxes[0], drawing.boxes[1:]
    for route, target in zip(drawing.routes, targets, strict=True):
        (start, _), (end, height) = route.line.points[0], route.line.points[-1]
        assert start == pytest.approx(source.rect[2])
        assert end == pytest.approx(target.rect[0])
        assert target.rect[1] < height < target.rect[3]


@pytest.mark.slow
def test_a_thicket_is_drawn_too() -> None:
    boxes = [Box(str(number), "x", "artifact") for number in range(120)]
    arrows = [Arrow(str(a), str(60 + b), "role") for a in range(60) for b in range(60)]
    arrows.append(Arrow("0", "0"))
    drawing = arrange(Picture(boxes, arrows))
    assert_sound(drawing)
    sources, targets = drawing.boxes[:60], drawing.boxes[60:]
    assert max(box.x for box in sources) < min(box.x for box in targets)
    assert 100 < sum(route.line.routed for route in drawing.routes) < 200
    assert drawing.routes[-1].line.routed
    assert len(groups(tree(Picture(boxes, arrows)), "data-source")) == 3601


@pytest.mark.slow
def test_a_deep_and_tangled_history_ends() -> None:
    count = 1200
    boxes = [Box(str(number), "x", "artifact") for number in range(count)]
    chain = [Arrow(str(n), str((n + 1) % count)) for n in range(count)]
    back = [Arrow(str(n * 7919 % count), str(n * 104729 % count)) for n in range(count)]
    drawing = arrange(Picture(boxes, [*chain, *back]))
    assert count <= sum(route.line.routed for route in drawing.routes) + 1 < 2 * count
    assert_sound(drawing)
