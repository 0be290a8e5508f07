"""A lineage as a Process Run Crate: each requirement of the profile is a test, and each trap."""

import json
from urllib.parse import unquote

import pytest
from rocrate.rocrate import ROCrate

from graphstore import AlreadyExists, Artifact, FailedPrecondition, NotFound
from graphstore.interop.rocrate import export_rocrate
from graphstore.recording.digest import digest
from tests.integration.exporting.conftest import HOSTILE


@pytest.fixture
def crate(history, tmp_path):
    """The crate of a model, with its files."""
    history.crate = export_rocrate(history.store, history.model, tmp_path / "crate", files=True)
    return history


def graph(history):
    text = (history.crate.path / "ro-crate-metadata.json").read_text()
    metadata = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    return metadata["@context"], {one["@id"]: one for one in metadata["@graph"]}


def of_type(entities, *types):
    return [one for one in entities.values() if one["@type"] in types]


def as_list(value):
    return value if isinstance(value, list) else [value]


def test_it_is_of_1_1_which_the_profile_extends_and_not_of_what_rocrate_writes_by_itself(crate):
    context, entities = graph(crate)
    assert context == [
        "https://w3id.org/ro/crate/1.1/context",
        "https://w3id.org/ro/terms/workflow-run/context",
    ]
    descriptor = entities["ro-crate-metadata.json"]
    assert descriptor["@type"] == "CreativeWork" and descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}


def test_the_root_must_name_the_profile_and_have_a_date(crate):
    _, entities = graph(crate)
    root = entities["./"]
    profile = entities[root["conformsTo"]["@id"]]
    assert profile["@id"] == "https://w3id.org/ro/wfrun/process/0.5"
    assert profile["@type"] == "CreativeWork"
    assert root["@type"] == "Dataset" and root["datePublished"].endswith("+00:00")
    assert "churn" in root["name"] and crate.model.ref.short in root["description"]


def test_every_action_must_have_an_instrument_that_is_there_and_is_mentioned(crate):
    _, entities = graph(crate)
    actions = of_type(entities, "CreateAction", "ActivateAction")
    assert {one["additionalType"] for one in actions} == {"Ingest", "Train"}
    mentioned = {one["@id"] for one in as_list(entities["./"]["mentions"])}
    for action in actions:
        software = entities[action["instrument"]["@id"]]
        assert software["@type"] == "SoftwareApplication"
        assert software["name"] == action["additionalType"]
        assert action["@id"] in mentioned
        assert action["name"] and action["startTime"] <= action["endTime"]
        agent = entities[as_list(action["agent"])[0]["@id"]]
        assert (agent["@type"], agent["name"]) == ("Person", crate.run.properties["user"])
    (train,) = [one for one in actions if one["additionalType"] == "Train"]
    assert (
        entities[train["instrument"]["@id"]]["softwareVersion"]
        == (crate.train.properties["code_version"])
    )


def test_every_reference_leads_to_something(crate):
    _, entities = graph(crate)
    for entity in entities.values():
        for name, value in entity.items():
            for one in as_list(value):
                if isinstance(one, dict) and name != "conformsTo":
                    assert one["@id"] in entities, (name, one)


def test_no_value_is_null_and_none_is_a_number_that_json_has_not(crate):
    _, entities = graph(crate)
    assert all(value is not None for one in entities.values() for value in one.values())
    told = {one["name"]: one["value"] for one in of_type(entities, "PropertyValue")}
    assert told["nan"] == "NaN" and told["lr"] == 0.1 and told["layers"] == "[1, 2]"
    assert told[HOSTILE] is True


def test_two_files_of_one_name_are_both_there(crate):
    _, entities = graph(crate)
    assert crate.crate.files == 3 and crate.crate.not_copied == {}
    files = of_type(entities, "File")
    assert len(files) == 2
    for entity in files:
        copy = crate.crate.path / unquote(entity["@id"])
        assert digest(copy).value == f"sha256:{entity['sha256']}"
    assert {(crate.crate.path / unquote(one["@id"])).read_text() for one in files} == {"1", "2"}
    parts = {one["@id"] for one in entities["./"]["hasPart"]}
    assert parts >= {one["@id"] for one in files}


def test_a_folder_is_a_dataset_with_all_its_files(crate):
    place = crate.crate.path / crate.model.ref.short / "model"
    assert digest(place).value == crate.model.digest
    _, entities = graph(crate)
    folder = entities[f"{crate.model.ref.short}/model/"]
    assert folder["@type"] == "Dataset" and folder["alternateName"] == crate.model.uri


def test_what_is_no_longer_what_was_recorded_is_not_copied(history, tmp_path):
    (history.folder / "one/data.csv").write_text("another")
    (history.folder / "report.json").unlink()
    crate = export_rocrate(history.store, history.run, tmp_path / "crate", files=True)
    assert crate.not_copied.keys() == {history.raw.ref.short, history.report.ref.short}
    assert crate.not_copied[history.raw.ref.short].startswith("CHANGED")
    assert crate.not_copied[history.report.ref.short].startswith("GONE")
    assert crate.files == 2


def test_without_files_they_are_described_by_their_uris(history, tmp_path):
    history.crate = export_rocrate(history.store, history.model, tmp_path / "crate")
    assert [one.name for one in history.crate.path.iterdir()] == ["ro-crate-metadata.json"]
    _, entities = graph(history)
    works = {one.get("contentUrl"): one for one in of_type(entities, "CreativeWork")}
    assert works[history.raw.uri]["sha256"] == history.raw.digest.removeprefix("sha256:")


def test_what_is_on_the_web_is_a_file_of_it_and_one_address_is_of_one_thing(history, tmp_path):
    store, sha = history.store, "sha256:" + "0" * 64
    with store.run("churn", "tuesday", capture=()) as run:
        with run.execution("Ingest") as step:
            for uri in ("https://example.org/a b.csv", "https://example.org/x", "s3://b/k"):
                step.output("data", Artifact(type="Dataset", uri=uri, digest=sha))
            step.output("data", Artifact(type="Dataset", uri="https://example.org/x", digest=sha))
    history.crate = export_rocrate(store, run.context, tmp_path / "crate", files=True)
    _, entities = graph(history)
    assert [one["@id"] for one in of_type(entities, "File")] == ["https://example.org/a b.csv"]
    assert len([one for one in entities.values()
                if one.get("contentUrl") == "https://example.org/x"]) == 2  # fmt: skip


def test_how_it_ended_and_what_went_wrong(history, tmp_path):
    history.crate = export_rocrate(history.store, history.run, tmp_path / "crate")
    _, entities = graph(history)
    actions = {one["additionalType"]: one for one in entities.values()
               if one["@type"] in ("CreateAction", "ActivateAction")}  # fmt: skip
    assert actions["Train"]["@type"] == "CreateAction"
    assert actions["Train"]["actionStatus"] == "http://schema.org/CompletedActionStatus"
    assert "error" not in actions["Train"]
    assert actions["Explode"]["@type"] == "ActivateAction"  # it made nothing
    assert actions["Explode"]["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert actions["Explode"]["error"].startswith("ZeroDivisionError: </script>")


def test_there_is_no_workflow_that_nobody_recorded(crate):
    _, entities = graph(crate)
    assert not of_type(entities, "ComputationalWorkflow", "HowTo", "HowToStep", "ControlAction")
    assert "mainEntity" not in entities["./"]


def test_what_was_deleted_and_what_was_cut_off_is_said(history, tmp_path):
    history.store.delete(history.raw, reason="asked to")
    history.crate = export_rocrate(history.store, history.model, tmp_path / "crate")
    _, entities = graph(history)
    assert "asked to" in " ".join(one.get("description", "") for one in entities.values())
    history.crate = export_rocrate(history.store, history.model, tmp_path / "cut", max_nodes=2)
    _, entities = graph(history)
    assert "more lies behind" in entities["./"]["description"]


def test_rocrate_reads_it_and_warns_of_nothing(crate):
    read = ROCrate(crate.crate.path)
    assert {one.id for one in read.data_entities} >= {f"{crate.model.ref.short}/model/"}
    assert read.root_dataset["name"].startswith("Provenance of churn")


def test_what_goes_wrong_leaves_nothing_behind(history, tmp_path, monkeypatch):
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").touch()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(AlreadyExists, match="name another folder"):
        export_rocrate(history.store, history.model, full)
    with pytest.raises(FailedPrecondition, match="there is no folder"):
        export_rocrate(history.store, history.model, tmp_path / "no" / "crate")
    with pytest.raises(NotFound):
        export_rocrate(history.store, "a999999", tmp_path / "crate")
    monkeypatch.setattr("shutil.copy", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(FailedPrecondition, match="the disk is full"):
        export_rocrate(history.store, history.model, tmp_path / "crate", files=True)
    assert sorted(tmp_path.iterdir()) == before
