"""What others call things steers nobody's terminal, in no command, answer or message."""

import json

import pytest

from graphstore import Artifact, ArtifactType
from graphstore.printable import one_line, printable, printable_json
from tests.campaign.bench import Bench
from tests.campaign.front import HOSTILE, hostile_names


@pytest.mark.parametrize("kind", ["ESC", "C1", "return", "direction"])
def test_no_command_prints_what_a_terminal_obeys(store, server, tmp_path, monkeypatch, kind):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    bench = Bench(tmp_path)
    bench.server, bench.store = server, store  # those of the tests
    row = hostile_names(bench, kind, HOSTILE[kind])
    assert row.tried > 50 and row.good, row


def test_a_name_of_two_lines_makes_no_row_of_its_own(store, command):
    store.types.put(ArtifactType(name="Model"))
    store.artifacts.put(Artifact(type="Model", name="fine\na1  Model  UNCHANGED"))
    lines = command("artifacts", "--type", "Model").out.splitlines()
    assert len(lines) == 2 and r"fine\na1" in lines[1]


@pytest.mark.parametrize("text", HOSTILE.values())
def test_json_means_the_same(text):
    assert json.loads(printable_json(json.dumps(text, ensure_ascii=False))) == text


def test_what_is_shown_can_be_told_apart():
    assert printable("a\x1b[2Jb") == r"a\x1b[2Jb"
    assert printable("one\r\ntwo\tthree") == "one\ntwo\tthree"
    assert one_line("one\ntwo\u202e") == r"one\ntwo\u202e"
    assert printable("å 漢 😀 ✓") == "å 漢 😀 ✓"
