"""`graphstore spool`: what is on the disk, listed, mended, tried again and thrown away."""

import io
import json
import sys
from pathlib import Path

import pytest

from graphstore import Execution
from graphstore.cli import main
from graphstore.errors import AlreadyExists
from graphstore.recording import spool
from graphstore.recording.records import StepRecord

ADDRESSES = ("bolt://a.store neo4j", "the local store b")


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))


@pytest.fixture
def graphstore(monkeypatch, capsys):
    def run(*words, code=0):
        monkeypatch.setattr(sys, "argv", ["graphstore", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        try:
            main()
            exit_code = 0
        except SystemExit as end:
            exit_code = end.code or 0
        out, err = capsys.readouterr()
        assert exit_code == code, out + err
        return out + err

    return run


@pytest.fixture
def spool_files():
    """Of three records for one store the second is refused; two wait for another store."""

    def refuse(records):
        if any(one.execution.external_id == "x1" for one in records):
            raise AlreadyExists("x1 is taken")

    for address, names in zip(ADDRESSES, (("x0", "x1", "x2"), ("y0", "y1")), strict=True):
        file = spool.SpoolFile.new(address)
        for name in names:
            file.append(StepRecord(Execution(type="T", external_id=name), (), ()), address)
    spool.flush(ADDRESSES[0], refuse, refusals=(AlreadyExists,))


def test_what_is_on_the_disk_is_listed_for_every_store(spool_files, graphstore):
    entries = json.loads(graphstore("spool", "list", "--json"))
    assert [(one["address"], one["state"], one["records"], one["why"]) for one in entries] == [
        (ADDRESSES[0], "set aside", 1, "x1 is taken"),
        (ADDRESSES[1], "waiting", 2, ""),
    ]
    text = graphstore("spool", "list")
    assert all(address in text for address in ADDRESSES)
    assert "x1 is taken" in text
    content = graphstore("spool", "show", entries[0]["id"])
    assert '"external_id":"x1"' in content
    assert entries[0]["file"] in content


def test_what_was_set_aside_waits_again_and_what_was_mended_is_taken(spool_files, graphstore):
    one, _ = json.loads(graphstore("spool", "list", "--json"))
    file = Path(one["file"])
    file.write_text(file.read_text().replace('"x1"', '"x9"'))
    assert graphstore("spool", "retry", "--all").startswith("1 records wait again")
    records = []
    spool.flush(ADDRESSES[0], records.extend, refusals=())
    assert [record.execution.external_id for record in records] == ["x9"]


def test_what_is_no_record_is_not_tried_again(spool_files, graphstore):
    one, other = json.loads(graphstore("spool", "list", "--json"))
    file = Path(one["file"])
    file.write_text(file.read_text()[:-40] + "\n")
    assert "mend its second line by hand" in graphstore("spool", "retry", one["id"], code=2)
    assert "graphstore flush" in graphstore("spool", "retry", other["id"], code=2)


def test_nothing_is_thrown_away_unless_somebody_says_so(spool_files, graphstore):
    _, other = json.loads(graphstore("spool", "list", "--json"))
    assert "spool list" in graphstore("spool", "drop", "nonsense", code=3)
    assert "by id, or --all" in graphstore("spool", "drop", code=2)
    assert "say --yes" in graphstore("spool", "drop", other["id"], code=2)
    assert len(json.loads(graphstore("spool", "list", "--json"))) == 2
    answer = json.loads(graphstore("spool", "drop", other["id"], "--yes", "--json"))
    assert answer == {"ids": [other["id"]], "records": 2}
    graphstore("spool", "drop", "--all", "--yes")
    assert graphstore("spool", "list") == "nothing is kept on the disk\n"
