"""Groups of boxes that are alike."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given, settings

from graphstore.render import Arrow, Box, Picture
from graphstore.render.grouping import MOST, Grouped, group_boxes
from graphstore.render.layout import arrange
from tests.unit.render.conftest import pictures


def history(runs: int, *, warm: bool) -> Picture:
    """Gen → Examples → Trainer → Model, so many times; warm: each begins with the last model."""
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    for n in range(runs):
        is_failed = n % 10 == 4
        boxes += [
            Box(f"gen{n}", "Gen", "execution", "COMPLETE"),
            Box(f"data{n}", "Examples", "artifact", "LIVE"),
            Box(f"run{n}", "Trainer", "execution", "FAILED" if is_failed else "COMPLETE"),
        ]
        arrows += [Arrow(f"gen{n}", f"data{n}", "data"), Arrow(f"data{n}", f"run{n}", "examples")]
        models = [box.key for box in boxes if box.label == "Model"] if warm else []
        if models:
            arrows.append(Arrow(models[-1], f"run{n}", "base_model"))
        if not is_failed:
            boxes.append(Box(f"model{n}", "Model", "artifact", "LIVE", emphasis=n == runs - 1))
            arrows.append(Arrow(f"run{n}", f"model{n}", "model"))
    return Picture(boxes, arrows, title="what it was made from", note="a note")


def assert_whole(picture: Picture, answer: Grouped) -> None:
    """Every box is drawn once, alone or in one group, and every arrow is counted."""
    alone = [box.key for box in answer.picture.boxes if box.key not in answer.members]
    inside = [key for keys in answer.members.values() for key in keys]
    assert sorted([*alone, *inside]) == sorted(box.key for box in picture.boxes)
    assert all(len(keys) > 1 for keys in answer.members.values())
    boxes = {box.key: box for box in picture.boxes}
    for key, keys in answer.members.items():
        assert key not in boxes
        # A failure never hides among what went well, nor a cut among what is whole.
        (look,) = {(boxes[one].kind, boxes[one].frontier) for one in keys}
        (group,) = [box for box in answer.picture.boxes if box.key == key]
        assert look == (group.kind, group.frontier)
        assert len({boxes[one].state == "FAILED" for one in keys}) == 1


def test_runs_alike_become_one_box_a_layer() -> None:
    picture = history(500, warm=False)
    answer = group_boxes(picture)
    assert_whole(picture, answer)
    assert Counter((box.label, box.state, box.caption) for box in answer.picture.boxes) == {
        ("Gen", "COMPLETE", "500 executions · COMPLETE"): 1,
        ("Examples", "LIVE", "500 artifacts · LIVE"): 1,
        ("Trainer", "COMPLETE", "450 executions · COMPLETE"): 1,
        ("Trainer", "FAILED", "50 executions · FAILED"): 1,
        ("Model", "LIVE", "449 artifacts · LIVE"): 1,
        ("Model", "LIVE", ""): 1,  # the one that was asked about
    }
    assert {arrow.label for arrow in answer.picture.arrows} == {
        "data (500)", "examples (450)", "examples (50)", "model (449)", "model",
    }  # fmt: skip
    assert (answer.picture.title, answer.picture.note) == (picture.title, picture.note)


def test_a_long_history_keeps_what_is_near_the_question() -> None:
    picture = history(1300, warm=True)
    answer = group_boxes(picture)
    assert_whole(picture, answer)
    assert len(answer.picture.boxes) < MOST
    keys = {box.key for box in answer.picture.boxes}
    assert {"model1299", "run1299", "data1299", "gen1299", "model1298", "run1298"} <= keys
    largest = max(map(len, answer.members.values()))
    assert largest > 1000


def test_five_thousand_boxes_take_a_moment() -> None:
    for warm in (False, True):
        picture = history(1300, warm=warm)
        assert len(picture.boxes) > 5000
        start = time.perf_counter()
        arrange(group_boxes(picture).picture)
        assert time.perf_counter() - start < 60  # a second, mostly; minutes without groups


@pytest.mark.parametrize("kind", ["chain", "types", "asked", "circle", "alone"])
def test_no_shape_makes_a_grouped_picture_large(kind: str) -> None:
    count = 2000
    boxes = [
        Box(
            str(n),
            f"Type {n}" if kind == "types" else "T",
            "artifact" if n % 2 else "execution",
            emphasis=kind == "asked",
        )
        for n in range(count)
    ]
    arrows = [] if kind == "alone" else [Arrow(str(n), str(n + 1)) for n in range(count - 1)]
    if kind == "circle":
        arrows.append(Arrow(str(count - 1), "0"))
    picture = Picture(boxes, arrows)
    answer = group_boxes(picture)
    assert_whole(picture, answer)
    assert 1 < len(answer.picture.boxes) <= MOST


@settings(deadline=None)
@given(pictures)
def test_any_picture_can_be_grouped(picture: Picture) -> None:
    for most in (1, MOST):
        answer = group_boxes(picture, most)
        alone = [box.key for box in answer.picture.boxes if box.key not in answer.members]
        inside = [key for keys in answer.members.values() for key in keys]
        assert sorted([*alone, *inside]) == sorted(box.key for box in picture.boxes)


def test_an_empty_picture_stays_empty() -> None:
    assert group_boxes(Picture([])).picture.boxes == ()
