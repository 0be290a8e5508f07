"""What becomes of a document of PROV in the graph, and what of it is kept as JSON alone."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from prov.model import ProvAttribution

from graphstore import EventType, FailedPrecondition
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.interop.prov import export_prov, import_prov
from tests.conftest import IRIS
from tests.integration.exporting.documents import read
from tests.integration.history.test_as_of import moment
from tests.integration.prov.conftest import document

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def entity(store, name):
    return store.artifacts.get_by_name("prov.Entity", name)


def activity(store, name):
    return store.executions.get_by_name("prov.Activity", name)


def edges(store, node):
    events = store.events.of_executions([node])
    return {(e.type, e.artifact_id, tuple(e.path), e.time) for e in events}


def given_back(store, report):
    return read(export_prov(store, report.document).text)


@pytest.fixture
def pipeline():
    """Two activities, an agent, and all that has an edge."""
    made = document()
    made.entity("ex:raw", {"prov:location": "s3://raw", "prov:label": "raw data"})
    made.activity("ex:train", NOON, NOON + timedelta(hours=1), {"ex:lr": 0.1, "ex:layers": 3})
    made.agent("ex:ann", {"prov:label": "Ann"})
    made.generation("ex:model", "ex:train", NOON + timedelta(hours=1), other_attributes={
        "prov:role": "model"})  # fmt: skip
    made.usage("ex:train", "ex:raw", NOON, other_attributes={"prov:role": "examples"})
    made.usage("ex:evaluate", "ex:model")
    made.association("ex:train", "ex:ann")
    made.attribution("ex:model", "ex:ann")
    return made


def test_what_one_used_and_another_generated_is_one_artifact(store, write, pipeline):
    report = import_prov(store, write(pipeline))
    assert report.agrees
    raw, model = entity(store, "ex:raw"), entity(store, "ex:model")
    train, evaluate = activity(store, "ex:train"), activity(store, "ex:evaluate")
    reached = {node.ref for node in store.lineage.downstream(raw).nodes()}
    assert reached == {raw.ref, train.ref, model.ref, evaluate.ref}
    assert edges(store, train) == {
        (EventType.INPUT, raw.id, ("examples",), NOON),
        (EventType.OUTPUT, model.id, ("model",), NOON + timedelta(hours=1)),
    }
    assert (train.start_time, train.end_time) == (NOON, NOON + timedelta(hours=1))
    assert train.custom_properties == {"ex:lr": 0.1, "ex:layers": 3}
    assert (raw.uri, raw.properties["label"]) == ("s3://raw", "raw data")
    assert raw.properties["identifier"] == "http://example.org/raw"
    (ann,) = [one for one in store.contexts.of_artifact(model) if one.type == "prov.Agent"]
    assert ann in store.contexts.of_execution(train)
    assert report.kept_as_json == {}
    assert given_back(store, report) == pipeline


def test_the_same_document_twice_changes_nothing(store, write, pipeline):
    path = write(pipeline)
    first = import_prov(store, path)
    again = import_prov(store, path)
    assert again.document == first.document
    assert again.agrees
    for table in again.tables.values():
        assert (table.created, table.updated) == (0, 0)


def test_a_growing_document_adds(store, write, pipeline):
    first = import_prov(store, write(pipeline, name="lab"))
    model = entity(store, "ex:model")
    pipeline.generation("ex:report", "ex:evaluate")
    pipeline.entity("ex:model", {"ex:size": 7})
    later = import_prov(store, write(pipeline, "provn", name="lab"))
    assert later.document == first.document
    assert later.tables["entities"].created == 1
    assert entity(store, "ex:model").ref == model.ref
    assert entity(store, "ex:model").custom_properties == {"ex:size": 7}
    reached = {node.ref for node in store.lineage.downstream(entity(store, "ex:raw")).nodes()}
    assert entity(store, "ex:report").ref in reached
    assert given_back(store, later) == pipeline


def test_another_document_of_that_name_is_refused_and_what_it_lacks_is_named(
    store, write, pipeline
):
    first = import_prov(store, write(pipeline, name="lab"))
    other = document()
    other.entity("ex:other")
    with pytest.raises(FailedPrecondition, match=r"has activity http://example.org/evaluate"):
        import_prov(store, write(other, name="lab"))
    assert given_back(store, first) == pipeline
    assert import_prov(store, write(other, name="lab"), source="other").agrees
    less = document()
    for kind, names in (("entity", ("ex:raw", "ex:model")), ("agent", ("ex:ann",))):
        for name in names:
            getattr(less, kind)(name)
    less.activity("ex:evaluate")
    less.generation("ex:model", "ex:train", other_attributes={"prov:role": "model"})
    less.usage("ex:evaluate", "ex:model")
    said = r"train used http://example.org/raw in the role 'examples'"
    with pytest.raises(FailedPrecondition, match=said):
        import_prov(store, write(less, name="lab"))


def test_a_history_of_another_format_has_the_name(store, write, pipeline):
    import_mlmd(store, IRIS, source="lab")
    with pytest.raises(FailedPrecondition, match="'lab' in this store is no document of PROV"):
        import_prov(store, write(pipeline, name="lab"))


def test_two_documents_that_name_the_same_stay_two(store, write, pipeline):
    import_prov(store, write(pipeline, name="one"))
    second = import_prov(store, write(pipeline, name="two"))
    assert any("'ex:model@two' here" in problem for problem in second.problems)
    assert given_back(store, second) == pipeline


def test_a_derivation_by_an_activity_is_its_edges(store, write):
    made = document()
    made.derivation("ex:b", "ex:a", "ex:run")
    report = import_prov(store, write(made))
    run = activity(store, "ex:run")
    assert edges(store, run) == {
        (EventType.INPUT, entity(store, "ex:a").id, (), None),
        (EventType.OUTPUT, entity(store, "ex:b").id, (), None),
    }
    assert report.kept_as_json == {"wasDerivedFrom": 1}  # from which of its inputs
    assert given_back(store, report) == made


def test_a_derivation_by_an_activity_adds_no_edge_beside_one_with_a_role(store, write, pipeline):
    pipeline.derivation("ex:model", "ex:raw", "ex:train")
    import_prov(store, write(pipeline))
    assert len(edges(store, activity(store, "ex:train"))) == 2


def test_a_use_that_was_implied_may_be_stated_later(store, write):
    made = document()
    made.derivation("ex:b", "ex:a", "ex:run")
    import_prov(store, write(made, name="lab"))
    made.usage("ex:run", "ex:a", NOON, other_attributes={"prov:role": "data"})
    later = import_prov(store, write(made, name="lab"))
    assert (EventType.INPUT, entity(store, "ex:a").id, ("data",), NOON) in edges(
        store, activity(store, "ex:run")
    )
    assert given_back(store, later) == made


def test_a_time_that_changed_is_told(store, write):
    for hours in (0, 1):
        made = document()
        made.usage("ex:run", "ex:a", NOON + timedelta(hours=hours))
        report = import_prov(store, write(made, name="lab"))
    assert {time for *_, time in edges(store, activity(store, "ex:run"))} == {NOON}
    assert any("another time than before: 1;" in problem for problem in report.problems)
    assert given_back(store, report) == made


def test_what_no_longer_belongs_to_an_agent_is_another_document(store, write, pipeline):
    import_prov(store, write(pipeline, name="lab"))
    less = document()
    less.update(pipeline)
    less._records = [one for one in less._records if not isinstance(one, ProvAttribution)]
    with pytest.raises(FailedPrecondition, match=r"entity http://example.org/model belongs to"):
        import_prov(store, write(less, name="lab"))


def test_what_is_no_lineage_makes_no_edge(store, write):
    made = document()
    made.specialization("ex:b", "ex:a")
    made.alternate("ex:b", "ex:c")
    made.membership("ex:c", "ex:d")
    made.derivation("ex:e", "ex:d")
    made.communication("ex:two", "ex:one")
    made.influence("ex:e", "ex:a")
    report = import_prov(store, write(made))
    for name in ("ex:a", "ex:b", "ex:c", "ex:d", "ex:e"):
        (alone,) = store.lineage.downstream(entity(store, name)).nodes()
        assert alone.ref == entity(store, name).ref
    assert report.kept_as_json == {
        "alternateOf": 1, "hadMember": 1, "specializationOf": 1, "wasDerivedFrom": 1,
        "wasInfluencedBy": 1, "wasInformedBy": 1,
    }  # fmt: skip
    assert given_back(store, report) == made


def test_a_thing_is_one_in_all_bundles_and_belongs_to_each(store, write):
    made = document()
    made.entity("ex:e", {"ex:n": 1})
    for name in ("ex:b1", "ex:b2"):
        bundle = made.bundle(name)
        bundle.entity("ex:e", {"ex:n": 2 if name == "ex:b2" else 1})
        bundle.usage(f"{name}-run", "ex:e")
    report = import_prov(store, write(made))
    one = entity(store, "ex:e")
    bundles = [c.name for c in store.contexts.of_artifact(one) if c.type == "prov.Bundle"]
    assert bundles == ["http://example.org/b1", "http://example.org/b2"]
    assert sorted(one.custom_properties["ex:n"]) == [1, 2]
    assert len(store.lineage.downstream(one, max_hops=1).executions) == 2
    assert report.read["bundle"] == 2
    assert given_back(store, report) == made


def test_a_prefix_that_means_something_else_in_a_bundle_makes_another_thing(store, write):
    text = {
        "prefix": {"ex": "http://example.org/"},
        "entity": {"ex:e": {"ex:n": "outer"}},
        "bundle": {
            "ex:b": {
                "prefix": {"ex": "http://elsewhere.org/"},
                "entity": {"ex:e": {"ex:n": "inner"}},
            }
        },
    }
    path = write(json.dumps(text))
    report = import_prov(store, path)
    assert entity(store, "ex:e").properties["identifier"] == "http://example.org/e"
    other = entity(store, "http://elsewhere.org/e")
    assert other.custom_properties == {"http://elsewhere.org/n": "inner"}
    assert given_back(store, report) == read(path.read_text())


def test_times_without_a_zone_are_taken_for_utc_and_that_is_said(store, write):
    naive, made = datetime(2026, 1, 31, 12), document()
    made.activity("ex:run", naive, NOON + timedelta(hours=1))
    made.usage("ex:run", "ex:e", naive)
    report = import_prov(store, write(made))
    run = activity(store, "ex:run")
    assert run.start_time == NOON
    assert {time for *_, time in edges(store, run)} == {NOON}
    assert report.problems == [
        "times without a zone: 2; in the graph they are taken for UTC, in the records they are as"
        " they were"
    ]
    assert given_back(store, report) == made


def test_a_start_that_is_said_naive_and_aware_is_told(store, write):
    made = document()
    made.activity("ex:run", NOON)
    made.activity("ex:run", datetime(2026, 1, 31, 13))
    report = import_prov(store, write(made))
    assert activity(store, "ex:run").start_time == NOON
    assert any("several values of prov:startTime" in problem for problem in report.problems)
    assert given_back(store, report) == made


def test_lists_under_one_key_are_all_there(store, write):
    text = {
        "prefix": {"ex": "http://example.org/"},
        "entity": {"ex:e": [{"ex:n": "a"}, {"ex:n": ["b", "c"]}]},
        "hadMember": {"_:m": {"prov:collection": "ex:c", "prov:entity": ["ex:e", "ex:f"]}},
    }
    path = write(json.dumps(text))
    report = import_prov(store, path)
    assert sorted(entity(store, "ex:e").custom_properties["ex:n"]) == ["a", "b", "c"]
    assert report.kept_as_json == {"hadMember": 2}
    assert given_back(store, report) == read(path.read_text())


def test_several_uses_of_one_role_are_one_edge_of_the_first_time_and_counted(store, write):
    made = document()
    made.usage("ex:run", "ex:e", NOON + timedelta(hours=1))
    made.usage("ex:run", "ex:e", NOON)
    report = import_prov(store, write(made))
    assert {time for *_, time in edges(store, activity(store, "ex:run"))} == {NOON}
    assert report.kept_as_json == {"used": 1}
    assert given_back(store, report) == made


def test_an_old_store_says_the_old_document(store, write, pipeline):
    first = import_prov(store, write(pipeline, name="lab"))
    before = read(export_prov(store, first.document).text)
    then = moment(store.database)
    pipeline.entity("ex:raw", {"ex:note": "more"})
    pipeline.entity("ex:new")
    later = import_prov(store, write(pipeline, name="lab"))
    assert read(export_prov(store, first.document, as_of=then).text) == before
    assert given_back(store, later) == pipeline


def test_what_was_deleted_is_not_given_back_and_that_is_said(store, write, pipeline):
    path = write(pipeline)
    report = import_prov(store, path)
    store.delete(entity(store, "ex:raw"), reason="asked to")
    exported = export_prov(store, report.document)
    assert "s3://raw" not in exported.text
    assert exported.deleted == 1
    assert exported.missing == "not in it: what 1 node said, deleted since"
    again = import_prov(store, path)
    assert "s3://raw" not in export_prov(store, again.document).text
    store.delete(report.document)
    assert import_prov(store, path).document is None
