"""A lineage as a document of PROV: what it says, and that every serialisation says the same."""

from datetime import timedelta
from typing import get_args

import pytest
from prov.model import ProvEntity

from graphstore import InvalidArgument, NotFound, Store
from graphstore.interop.archive import export_archive, import_archive
from graphstore.interop.prov import export_prov
from graphstore.interop.prov.exporter import Format
from tests.conftest import empty
from tests.integration.exporting.documents import read, record_of, relations, said


@pytest.mark.parametrize("format", get_args(Format))
def test_every_serialisation_says_the_same(history, format):
    document = export_prov(history.store, history.model)
    text = export_prov(history.store, history.model, format=format).text
    assert read(text, format) == read(document.text)
    assert (document.artifacts, document.executions, document.missing) == (4, 2, "")


def test_what_was_used_and_generated_by_whom_and_when(history):
    document = read(export_prov(history.store, history.model).text)
    used = relations(document, "Usage")
    train, model = history.train.ref.short, history.model.ref.short
    assert {one["prov:role"] for one in used} == {"examples"}
    assert all(
        one["prov:activity"] == f"store:{train}" for one in used if "examples" in one["prov:role"]
    )
    made = relations(document, "Generation")
    assert {one["prov:entity"] for one in made} == {
        f"store:{one.ref.short}" for one in (history.model, history.raw, history.other)
    }
    assert all(one["prov:time"].endswith("+00:00") for one in used + made)
    assert relations(document, "Derivation") == []  # nobody recorded whether it is one
    activity = record_of(document, train)
    assert activity.get_startTime() == history.train.start_time
    assert activity.get_endTime() == history.train.end_time
    (who,) = {one["prov:agent"] for one in relations(document, "Association")}
    label = said(document.get_record(who)[0])["prov:label"]
    assert label == history.run.properties["user"]
    entity = said(record_of(document, model))
    assert entity["prov:location"] == history.model.uri
    assert entity["graphstore:digest"] == history.model.digest


def test_a_run_is_a_collection_and_its_steps_name_it(history):
    document = read(export_prov(history.store, history.run).text)
    run = f"store:{history.run.ref.short}"
    failed = record_of(document, history.failed.ref.short)
    assert str(said(failed)["graphstore:state"]) == "FAILED"
    assert run in {str(value) for name, value in failed.attributes if "context" in str(name)}
    members = {one["prov:entity"] for one in relations(document, "Membership")
               if one["prov:collection"] == run}  # fmt: skip
    assert f"store:{history.model.ref.short}" in members
    (pipeline,) = history.store.contexts.list(type="Pipeline")
    assert {"prov:collection": f"store:{pipeline.ref.short}", "prov:entity": run} in relations(
        document, "Membership"
    )


def test_an_execution_brings_what_it_made(history):
    document = read(export_prov(history.store, history.train).text)
    assert record_of(document, history.model.ref.short)


def test_what_was_cut_off_is_said(history):
    exported = export_prov(history.store, history.model, max_nodes=2)
    document = read(exported.text)
    lineage = said(record_of(document, f"lineage-{history.model.ref.short}"))
    assert lineage["graphstore:complete"] is False
    assert str(lineage["graphstore:more_behind"]) == f"store:{history.train.ref.short}"
    assert "more lies behind 1 of these" in exported.missing
    whole = read(export_prov(history.store, history.model).text)
    assert (
        said(record_of(whole, f"lineage-{history.model.ref.short}"))["graphstore:complete"] is True
    )


def test_what_was_deleted_is_said_to_be(history):
    history.store.delete(history.raw, reason="asked to")
    exported = export_prov(history.store, history.model)
    entity = record_of(read(exported.text), history.raw.ref.short)
    assert "graphstore:Deleted" in {str(value) for value in entity.get_asserted_types()}
    assert said(entity)["graphstore:deleted_reason"] == "asked to"
    assert "prov:location" not in said(entity)
    assert exported.deleted == 1


def test_a_second_export_is_the_same_text(history):
    assert export_prov(history.store, history.model) == export_prov(history.store, history.model)


def test_a_copy_calls_what_it_has_as_the_first_store_does(history, tmp_path):
    before = read(export_prov(history.store, history.model).text)
    export_archive(history.store, tmp_path / "all.zip")
    empty(history.store.database)
    copy = Store(history.store.database)
    import_archive(copy, tmp_path / "all.zip")
    after = read(export_prov(copy, history.model.id).text)
    names = [
        {one.identifier.uri for one in document.get_records(ProvEntity)}
        for document in (before, after)
    ]
    names = [{name for name in some if "lineage" not in name} for some in names]
    assert names[0] == names[1]


def test_as_of_a_time_it_says_what_was_known_then(history):
    then = history.train.create_time - timedelta(milliseconds=1)
    text = export_prov(history.store, history.raw, as_of=then).text
    lineage = said(record_of(read(text), f"lineage-{history.raw.ref.short}"))
    assert lineage["graphstore:as_of"] == then
    with pytest.raises(NotFound):
        export_prov(history.store, history.model, as_of=then)


def test_mistakes_are_named(history):
    with pytest.raises(InvalidArgument, match="json, jsonld, provn, xml, rdf, not 'yaml'"):
        export_prov(history.store, history.model, format="yaml")
    with pytest.raises(NotFound):
        export_prov(history.store, "a999999")
