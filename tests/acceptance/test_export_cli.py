"""`graphstore export prov`, `rocrate` and `slsa`, as a user runs them."""

import json
import sys

import pytest

from graphstore import MissingExtra
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.interop.rocrate import export_rocrate
from tests.conftest import IRIS
from tests.integration.exporting.conftest import record
from tests.integration.exporting.documents import read
from tests.integration.exporting.test_model_signing import (
    FILES,
    FOLDER,
    KEY,
    SIGNED,
    recorded,
    write,
)


@pytest.fixture
def iris(store):
    import_mlmd(store, IRIS)
    return store


def test_the_first_minute_of_the_guide(iris, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = command("export", "prov", "a45", "-o", "a45.provn")
    assert (written.code, written.out) == (0, "")
    assert written.err == "wrote a45.provn: 20 artifacts, 20 executions, 36 contexts\n"
    printed = command("export", "prov", "a45")
    assert read(printed.out) == read((tmp_path / "a45.provn").read_text(), "provn")
    assert command("export", "prov", "a45", "-o", "a45.trig").code == 0
    crate = command("export", "rocrate", "a45")
    assert crate.err == "wrote a45.crate: 20 artifacts, 20 executions, 36 contexts\n"
    assert (tmp_path / "a45.crate/ro-crate-metadata.json").exists()
    refused = command("export", "slsa", "a45")
    assert (refused.code, refused.out) == (1, "")
    assert "a45 has no digest of its contents" in refused.err


def test_what_was_cut_off_is_said_beside_the_document(iris, command):
    answer = command("export", "prov", "a45", "--max-nodes", "5")
    assert answer.code == 0 and "cut off: more lies behind 3 of these" in answer.err
    assert read(answer.out)


def test_a_statement_is_signed_with_the_key_of_the_user(store, command, tmp_path):
    history = record(store, tmp_path / "files")
    model = history.model.ref.short
    refused = command("export", "slsa", model, "--sign")
    assert refused.code == 3 and "graphstore key" in refused.err
    assert command("key").code == 0
    signed = json.loads(command("export", "slsa", model, "--sign").out)
    assert signed["payloadType"] == "application/vnd.in-toto+json"
    assert json.loads(command("export", "slsa", model).out)["subject"]


def test_a_dossier_says_what_is_beside_it_and_how_much_is_not_known(iris, command, tmp_path):
    written = command("explain", "a45", "--dossier", tmp_path / "d")
    assert (written.code, written.out) == (0, "")
    assert written.err.splitlines() == [
        f"wrote {tmp_path}/d/dossier.html, with lineage.prov.json, crate beside it",
        "not there: build.slsa.json: a45 has no digest of its contents, and a statement without"
        " one would be about nothing: none was recorded",
        "14 things are not known; the page begins with them",
    ]
    told = json.loads(command("explain", "a45", "--dossier", tmp_path / "e", "--json").out)
    assert len(told["unknown"]) == 14


def test_what_was_not_copied_is_named_with_the_reason(store, command, tmp_path):
    history = record(store, tmp_path / "files")
    (history.folder / "one/data.csv").write_text("2")
    out = command("export", "rocrate", history.run.ref.short, "--files", "-o", tmp_path / "crate")
    assert "of them copied" in out.err
    assert f"{history.raw.ref.short} was not copied: CHANGED" in out.err
    again = command("export", "rocrate", history.run.ref.short, "-o", tmp_path / "crate")
    assert again.code == 1 and "name another folder" in again.err


@pytest.mark.parametrize("kind", ["prov", "rocrate", "slsa"])
def test_what_is_not_there_is_named(store, command, kind):
    missing = command("export", kind, "a999999")
    assert (missing.code, missing.out) == (3, "") and "999999" in missing.err
    assert command("export", kind, "model.pt").code == 2


def test_without_its_extra_a_format_says_what_to_install(iris, command, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rocrate.rocrate", None)
    with pytest.raises(MissingExtra, match=r"graphstore-ml\[rocrate\]"):
        export_rocrate(iris, "a45", tmp_path / "crate")
    monkeypatch.setitem(sys.modules, "prov", None)
    answer = command("export", "prov", "a45")
    assert answer.code == 4 and "pip install 'graphstore-ml[prov]'" in answer.err


def test_a_signature_is_compared_with_the_record(store, command, tmp_path):
    model = recorded(store, write(tmp_path / "model", FILES)).ref.short
    answer = command("verify", model, "--signature", FOLDER)
    assert answer.code == 0
    assert f"the 3 files of 'model' that were signed are those that were recorded as {model}" in (
        answer.out
    )
    assert "who signed was not checked" in answer.out
    signed = command("verify", model, "--signature", FOLDER, "--key", KEY)
    assert signed.code == 0 and "the signature is that of the key" in signed.out
    other = command("verify", model, "--signature", FOLDER, "--key", SIGNED / "another.pem")
    assert other.code == 1 and "the signature is NOT that of the key" in other.out
    different = recorded(store, write(tmp_path / "other", {**FILES, "a.bin": "x"})).ref.short
    answer = command("verify", different, "--signature", FOLDER)
    assert answer.code == 1 and "a.bin differs\n" in answer.out
    told = json.loads(command("verify", different, "--signature", FOLDER, "--json").out)
    assert told["differing"] == ["a.bin"] and told["passed"] is False
    assert command("verify", "--signature", FOLDER).code == 2
