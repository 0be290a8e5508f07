"""`graphstore import prov`, and the document given back, as a user runs them."""

import json
import sys
from datetime import datetime

from graphstore import MissingExtra
from tests.integration.exporting.documents import read
from tests.integration.prov.conftest import document

MADE = document()
MADE.usage("ex:train", "ex:raw", datetime(2026, 1, 31))
MADE.generation("ex:model", "ex:train")
MADE.derivation("ex:model", "ex:raw")
MADE.bundle("ex:b").entity("ex:raw", {"ex:n": 1})


def test_the_first_minute_of_the_guide(store, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab.json").write_text(MADE.serialize(format="json"))
    out = command("import", "prov", "lab.json").out
    assert "Read: 1 entity, 1 used, 1 wasDerivedFrom, 1 wasGeneratedBy, 1 bundle." in out
    assert "Kept as JSON, since no edge says it, or not all of it: 1 wasDerivedFrom." in out
    assert "times without a zone: 1;" in out
    assert "Every row that was read is accounted for." in out
    again = json.loads(command("import", "prov", "lab.json", "--json").out)
    assert again["agrees"]
    assert again["tables"]["entities"]["unchanged"] == 2
    assert again["kept_as_json"] == {"wasDerivedFrom": 1}
    model = store.artifacts.get_by_name("prov.Entity", "ex:model").ref.short
    assert "ex:raw" in command("lineage", model, "--up").out
    written = command("export", "prov", again["document"], "-o", "back.provn")
    assert written.err == "wrote back.provn: 2 artifacts, 1 execution, 2 contexts\n"
    assert read((tmp_path / "back.provn").read_text(), "provn") == MADE
    other = command("import", "prov", "back.provn", "--source", "lab")
    assert other.code == 0
    assert read(command("export", "prov", again["document"]).out) == MADE


def test_what_is_no_prov_ends_the_command_with_one_sentence(store, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "no.json").write_text('{"a": 1}')
    refused = command("import", "prov", "no.json")
    assert refused.code == 2
    assert refused.err.startswith("graphstore: no.json is no PROV in the form json: ")
    assert "gone.json: No such file" in command("import", "prov", "gone.json").err


def test_without_the_extra_it_says_what_to_install(store, command, tmp_path, monkeypatch):
    (tmp_path / "lab.json").write_text(MADE.serialize(format="json"))
    monkeypatch.setitem(sys.modules, "prov", None)
    refused = command("import", "prov", str(tmp_path / "lab.json"))
    assert refused.code
    assert str(MissingExtra("PROV", "prov", "prov")) in refused.err
