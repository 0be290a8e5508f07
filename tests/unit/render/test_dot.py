from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given, settings

from graphstore.render import Arrow, Box, Picture, dot
from tests.unit.render.conftest import pictures

STRING = r'"(?:[^"\\]|\\\\|\\n)*"'
ATTRIBUTES = rf"\[\w+=(?:{STRING}|[\w.]+)(?:, \w+=(?:{STRING}|[\w.]+))*\]"
BOX = re.compile(rf"  n\d+ {ATTRIBUTES}")
ARROW = re.compile(rf"  n\d+ -> n\d+ {ATTRIBUTES}")
DEFAULT = re.compile(rf"  (?:graph|node|edge) {ATTRIBUTES}")


def test_a_history_reads_like_one(history: Picture) -> None:
    lines = dot(history).splitlines()
    assert (lines[0], lines[-1]) == ("digraph {", "}")
    assert lines[2] == (
        r'  graph [labelloc=t, label="Downstream of Examples #1\ntruncated at 5 nodes"]'
    )
    assert lines[5] == (
        r'  n0 [label="Examples\n#1 · LIVE", shape=box, style="filled,rounded",'
        r' fillcolor="#fdf3d0", color="#c2952b", fontcolor="#3f3006", penwidth=1.2,'
        r' tooltip="Examples\n#1 · LIVE\nuri: s3://bucket/x"]'
    )
    assert 'style="filled,dashed"' in lines[6]
    assert 'style="filled,dotted"' in lines[7]
    assert "penwidth=3" in lines[8]
    assert "shape=octagon" in lines[9]
    assert lines[11] == (
        r'  n0 -> n1 [label="examples", tooltip="Examples → Trainer\nDECLARED_INPUT\nexamples",'
        r' labeltooltip="Examples → Trainer\nDECLARED_INPUT\nexamples", style=dashed]'
    )


def test_backslashes_and_entities_are_text() -> None:
    text = dot(Picture([Box("a", r"C:\new &lt;", "artifact")]))
    assert r'label="C:\\new &amp;lt;"' in text
    assert r'tooltip="C:\\\\new &amp;lt;"' in text


def test_a_long_label_is_cut() -> None:
    text = dot(Picture([Box("a", "x" * 10_000, "artifact")], [Arrow("a", "a", "y" * 10_000)]))
    assert max(len(label) for label in re.findall(' label="(.*?)"', text)) < 60


@given(pictures)
def test_no_text_gets_out_of_its_place(picture: Picture) -> None:
    text = dot(picture)
    text.encode()
    lines = text.split("\n")
    boxes, arrows = len(picture.boxes), len(picture.arrows)
    assert lines[0] == "digraph {"
    assert all(DEFAULT.fullmatch(line) for line in lines[1:5])
    assert all(BOX.fullmatch(line) for line in lines[5 : boxes + 5])
    assert all(ARROW.fullmatch(line) for line in lines[boxes + 5 : boxes + arrows + 5])
    assert lines[boxes + arrows + 5 :] == ["}", ""]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
@settings(max_examples=30, deadline=None)
@given(pictures)
def test_graphviz_reads_it(picture: Picture) -> None:
    result = subprocess.run(
        ["dot", "-Tplain"], input=dot(picture).encode(), capture_output=True, check=True
    )
    words = [line.split(maxsplit=1)[0] for line in result.stdout.decode().splitlines() if line]
    assert not result.stderr
    assert words.count("node") == len(picture.boxes)
    assert words.count("edge") == len(picture.arrows)
