from __future__ import annotations

import re

import pytest
from hypothesis import given

from graphstore.render import Arrow, Box, Picture, mermaid
from tests.unit.render.conftest import pictures

# What a line of ours looks like when no text has got out of its quotes.
STRING = r'"(?:[\w ./…·-]|#\d+;|<br/>)+"'
BOX = re.compile(rf"  n\d+(?:\(\[{STRING}\]\)|\[{STRING}\]|\{{\{{{STRING}\}}\}})")
ARROW = re.compile(rf"  n\d+ (?:-->|-\.->)(?:\|{STRING}\|)? n\d+")
STYLE = re.compile(r"  (?:classDef \w+ [\w:#,. -]+|class n\d+(?:,n\d+)* \w+|linkStyle default \S+)")
TITLE = re.compile(r'title: "(?:[^"\\%]|\\x\w\w)*"')


def test_a_history_reads_like_one(history: Picture) -> None:
    assert mermaid(history) == (
        "---\n"
        'title: "Downstream of Examples #1 (truncated at 5 nodes)"\n'
        "---\n"
        "flowchart LR\n"
        '  n0(["Examples<br/>#35;1 · LIVE"])\n'
        '  n1["Trainer<br/>#35;1 · CACHED"]\n'
        '  n2["Trainer<br/>#35;2 · FAILED"]\n'
        '  n3(["Model<br/>#35;2 · LIVE"])\n'
        '  n4{{"nightly"}}\n'
        '  n0 -->|"examples"| n1\n'
        '  n0 -.->|"examples"| n1\n'
        '  n0 -->|"examples"| n2\n'
        '  n1 -->|"model"| n3\n'
        "  classDef artifact fill:#fdf3d0,stroke:#c2952b,color:#3f3006\n"
        "  classDef executionCached"
        " fill:#f6faff,stroke:#4a7db8,color:#10294a,stroke-dasharray:5 3\n"
        "  classDef executionFrontier"
        " fill:#ffffff,stroke:#9aa2ad,color:#555d69,stroke-dasharray:1.5 3\n"
        "  classDef context fill:#efe9f6,stroke:#8a70b3,color:#2f2148\n"
        "  classDef emphasis stroke:#1f2933,stroke-width:4px\n"
        "  class n0,n3 artifact\n"
        "  class n1 executionCached\n"
        "  class n2 executionFrontier\n"
        "  class n4 context\n"
        "  class n3 emphasis\n"
        "  linkStyle default stroke:#6b7785\n"
    )


def test_an_empty_picture_is_an_empty_flowchart() -> None:
    assert mermaid(Picture(())) == "flowchart LR\n"


# Each of these once changed what Mermaid 11.17 drew, or kept it from drawing.
@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("", " "),
        ('say "hi"', "say #34;hi#34;"),
        ("style:#q;", "style#58;#35;q#59;"),
        ("direction TB", "direction#32;TB"),
        ("$$x$$", "#36;#8203;#36;#8203;x#36;#8203;#36;#8203;"),
        ("a\\nb", "a#92;#8203;nb"),
        ("\ufb02oat", "float"),
    ],
)
def test_text_that_means_something_to_mermaid(label: str, expected: str) -> None:
    assert f'  n0["{expected}"]\n' in mermaid(Picture([Box("a", label, "execution")]))


def test_a_title_is_not_html() -> None:
    picture = Picture((), title='a <b> "c" 100% \\ #1')
    assert 'title: "a ‹b› \\x22c\\x22 100\\x25 \\x5c #1"\n' in mermaid(picture)  # noqa: RUF001


def test_a_long_label_is_cut() -> None:
    boxes = [Box("a", "x" * 10_000, "artifact")]
    assert len(mermaid(Picture(boxes, [Arrow("a", "a", "y" * 10_000)]))) < 500


@given(pictures)
def test_no_text_gets_out_of_its_place(picture: Picture) -> None:
    text = mermaid(picture)
    text.encode()
    lines = text.split("\n")
    if lines[0] == "---":
        assert TITLE.fullmatch(lines[1])
        assert lines[2] == "---"
        del lines[:3]
    boxes, arrows = len(picture.boxes), len(picture.arrows)
    assert lines[0] == "flowchart LR"
    assert all(BOX.fullmatch(line) for line in lines[1 : boxes + 1])
    assert all(ARROW.fullmatch(line) for line in lines[boxes + 1 : boxes + arrows + 1])
    assert all(STYLE.fullmatch(line) for line in lines[boxes + arrows + 1 : -1])
    assert lines[-1] == ""
    assert not re.search(r"direction\s", text.partition("flowchart LR")[2])
