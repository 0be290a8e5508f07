from __future__ import annotations

from typing import Any

import pytest

import graphstore.render
from graphstore.errors import InvalidArgument
from graphstore.render import Arrow, Box, Picture


def test_the_package_exports_what_it_says() -> None:
    assert sorted(graphstore.render.__all__) == [
        "Arrow", "Box", "Picture", "dot", "mermaid", "page", "svg",
    ]  # fmt: skip
    assert all(hasattr(graphstore.render, name) for name in graphstore.render.__all__)


def test_two_boxes_cannot_have_one_key() -> None:
    with pytest.raises(InvalidArgument, match="two boxes of the picture have the key 'a'"):
        Picture([Box("a", "x", "artifact"), Box("a", "y", "execution")])


@pytest.mark.parametrize("ends", [("a", "b"), ("b", "a"), ("b", "b")])
def test_an_arrow_joins_boxes_of_the_picture(ends: tuple[str, str]) -> None:
    with pytest.raises(InvalidArgument, match="needs a box with the key 'b'"):
        Picture([Box("a", "x", "artifact")], [Arrow(*ends)])


def test_a_kind_that_has_no_shape_is_refused() -> None:
    kind: Any = "event"
    with pytest.raises(InvalidArgument, match="artifact or execution or context, found 'event'"):
        Box("a", "x", kind)


def test_a_picture_keeps_what_it_was_given() -> None:
    boxes, tooltip = [Box("a", "x", "artifact")], [("uri", "s3://x")]
    picture, box = Picture(boxes), Box("b", "y", "artifact", tooltip=tooltip)
    boxes.clear()
    tooltip.clear()
    assert len(picture.boxes) == len(box.tooltip) == 1
    assert len({picture, Picture(picture.boxes)}) == 1
