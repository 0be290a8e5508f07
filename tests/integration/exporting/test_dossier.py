"""The dossier for a regulator: what it says, and above all what it says that it does not know."""

import html
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from graphstore import (
    AlreadyExists,
    Artifact,
    ArtifactType,
    Execution,
    ExecutionType,
    FailedPrecondition,
    NotFound,
)
from graphstore.interop.dossier import write_dossier, writer
from graphstore.proof.keys import make_key
from graphstore.recording.digest import digest
from tests.chromium import chromium, keep
from tests.integration.exporting.conftest import HOSTILE


def text_of(dossier):
    return html.unescape(dossier.page.read_text(encoding="utf-8"))


def knows(dossier, *words):
    return not [one for one in dossier.unknown if all(word in one for word in words)]


@pytest.fixture
def decided(history):
    """The same history, with a decision for the model and its deployment."""
    store = history.store
    store.decisions.record(
        history.model, candidates=[history.model], metric="accuracy", reason=HOSTILE
    )
    store.decisions.deploy(history.model, "production")
    store.artifacts.put(
        store.artifacts.get(history.model.id).evolve(custom_properties={"owner": "Ann"})
    )
    return history


def test_each_point_has_what_was_recorded(decided, tmp_path):
    dossier = write_dossier(decided.store, decided.model, tmp_path / "dossier")
    text = text_of(dossier)
    for said in (
        "Annex IV, 1(a)", decided.model.digest, "UNCHANGED",
        "Annex IV, 2(a)", decided.train.properties["code_version"], "layers: 1 2",
        "Annex IV, 2(d)", decided.raw.digest, decided.other.uri,
        "Annex IV, 2(g)", decided.report.digest, "accuracy 0.9",
        "Annex IV, 6", "production", "custom_properties.owner: nothing → Ann",
        "Article 18", f"{datetime.now(timezone.utc).year + 10}-",
        decided.run.properties["user"], "<svg",
    ):  # fmt: skip
        assert said in text, said
    assert knows(dossier, "digest of it") and knows(dossier, "deployment")
    assert knows(dossier, "no evaluation") and knows(dossier, "who ran it")


def test_what_is_not_known_comes_first_and_is_said_where_it_belongs(store, tmp_path):
    store.types.put(ArtifactType(name="Model"))
    store.types.put(ExecutionType(name="Train"))
    model = store.publish(
        Execution(type="Train"), outputs={"model": Artifact(type="Model", uri="s3://b/m")}
    ).outputs[0]
    dossier = write_dossier(store, model, tmp_path / "dossier")
    for words in (
        "which bytes the model is", "which version of the code ran, for 1 of 1 steps",
        "who ran it, for 1 of 1 steps", "the commit", "the environment", "no parameters",
        "from which data", "no evaluation", "no metrics", "who decided for it",
        "signatures", "no deployment", "placed on the market", "never sealed", "earlier versions",
        "licence",
    ):  # fmt: skip
        assert not knows(dossier, words), words
    text = text_of(dossier)
    assert text.index("What is not known") < text.index("Annex IV, 1(a)</b>")
    assert all(text.count(sentence) == 2 for sentence in dossier.unknown)


def test_the_other_formats_are_beside_it_with_their_digests(decided, tmp_path):
    dossier = write_dossier(decided.store, decided.model, tmp_path / "dossier")
    assert list(dossier.files) == ["lineage.prov.json", "build.slsa.json", "crate"]
    assert dossier.left_out == {}
    for name in dossier.files:
        assert digest(dossier.path / name).value in text_of(dossier)


def test_what_is_not_beside_it_is_named_with_the_reason(history, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "prov", None)
    monkeypatch.setitem(sys.modules, "rocrate.rocrate", None)
    dossier = write_dossier(history.store, history.model, tmp_path / "dossier")
    assert dossier.left_out.keys() == {"lineage.prov.json", "crate"}
    assert "graphstore-ml[prov]" in text_of(dossier) and "graphstore-ml[rocrate]" in text_of(
        dossier
    )


def test_what_was_deleted_cut_off_or_sealed_is_said(decided, tmp_path):
    key = make_key(tmp_path / "key.json")
    decided.store.delete(decided.raw, reason="asked to", force=True)
    dossier = write_dossier(decided.store, decided.model, tmp_path / "before")
    assert not knows(dossier, "what the deleted parts said", decided.raw.ref.short)
    assert "asked to" in text_of(dossier)
    time.sleep(1.2)  # until that is settled
    decided.store.seals.make(key)
    dossier = write_dossier(decided.store, decided.model, tmp_path / "after")
    assert knows(dossier, "never sealed") and key.public in text_of(dossier)


def test_a_lineage_that_is_cut_off_is_said_to_be(decided, tmp_path, monkeypatch):
    assert knows(write_dossier(decided.store, decided.model, tmp_path / "whole"), "lies behind")
    monkeypatch.setattr(writer, "MAX_NODES", 3)
    dossier = write_dossier(decided.store, decided.model, tmp_path / "cut")
    assert not knows(dossier, "lies behind", "data that it began with")


def test_as_of_a_day_it_says_what_was_known_then(decided, tmp_path):
    (deployed,) = decided.store.decisions.deployments(model=decided.model)
    then = deployed.deployment.create_time - timedelta(milliseconds=1)
    dossier = write_dossier(decided.store, decided.model, tmp_path / "dossier", as_of=then)
    assert not knows(dossier, "no deployment")
    text = text_of(dossier)
    assert "production" not in text and "owner" not in text and then.isoformat() in text


def test_mistakes_leave_nothing_behind(history, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine").touch()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(AlreadyExists):
        write_dossier(history.store, history.model, tmp_path / "full")
    with pytest.raises(NotFound):
        write_dossier(history.store, "a999999", tmp_path / "dossier")
    with pytest.raises(FailedPrecondition, match="no folder"):
        write_dossier(history.store, history.model, tmp_path / "no" / "dossier")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.browser
def test_it_is_read_and_printed_offline_and_no_name_runs_as_script(decided, tmp_path):
    dossier = write_dossier(decided.store, decided.model, tmp_path / "dossier")
    wrong = []
    with chromium() as browser:
        context = browser.new_context(offline=True, viewport={"width": 1000, "height": 1300})
        page = context.new_page()
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text))
        page.on("request", lambda request: wrong.append(request.url)
                if not request.url.startswith("file:") else None)  # fmt: skip
        page.goto(dossier.page.as_uri())
        assert page.locator("script").count() == 0
        assert page.locator("h2").count() == 9
        assert "</script><script>alert(1)</script>" in page.inner_text("body")
        for width in (1000, 700):  # a screen, and about a page of paper
            page.set_viewport_size({"width": width, "height": 1300})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width
        keep(page, "dossier", tmp_path, full_page=True)
        pdf = page.pdf(prefer_css_page_size=True)
    assert wrong == [] and pdf.startswith(b"%PDF") and Path(dossier.page).exists()
