"""Erasures in the feed of changes and in archives: that something was erased, and never what."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from time import monotonic, sleep

import pytest

from graphstore import Artifact, ArtifactType, Event, Store
from graphstore.database import acting
from graphstore.database.queries import QUERIES
from graphstore.interop.archive import export_archive, import_archive
from tests.conftest import empty
from tests.integration.deletion.graphs import SECRET, iris, query, values


@pytest.fixture
def history(store, types):
    return iris(store)


def told(changes):
    return [
        (one.node.short, one.type, one.other and one.other.short, one.by, one.reason)
        for one in changes
        if one.what == "erased"
    ]


def nodes(changes):
    return {one[0] for one in told(changes)}


def test_what_was_erased_is_told_by_whom_and_why_and_never_what(store, history, database):
    with acting("bob"):
        store.contexts.put(history.run_1.evolve(custom_properties={"by": SECRET}))
        store.contexts.put(history.run_1.evolve(custom_properties={}))  # it said it before
        path = (SECRET, "x")
        event = Event(type="INPUT", artifact_id=history.raw, execution_id=history.evaluator)
        store.events.put([event.evolve(path=path), event.evolve(path=(*path, "y"))])
    before = store.changes(settled=True).until
    with acting(f"dr {SECRET}"):
        store.erase(values=[SECRET], reason=f"{SECRET} asked for it")
    by, why = "dr erased", "erased asked for it"
    raw, evaluator = history.raw.ref.short, history.evaluator.ref.short
    assert sorted(told(store.changes()), key=str) == [
        (raw, "Examples", None, by, why),
        (raw, "INPUT", evaluator, by, why),
        (history.model.ref.short, "Model", None, by, why),
        (history.scratch.ref.short, "Examples", None, by, why),
        (history.run_1.ref.short, "PipelineRun", None, by, why),
        (history.trainer.ref.short, "Trainer", None, by, why),
    ]
    assert told(store.changes(since=before)) == told(store.changes())
    assert told(store.changes(of=history.model)) == [
        (history.model.ref.short, "Model", None, by, why)
    ]
    assert told(store.changes(of=evaluator)) == [(raw, "INPUT", evaluator, by, why)]
    assert nodes(store.changes(of=[raw, history.run_1])) == {raw, history.run_1.ref.short}
    assert told(store.changes(of=history.pipeline)) == []
    assert told(store.changes(by=by)) == told(store.changes())
    assert values(database, SECRET) == 0
    page = store.changes(of=history.model)
    assert page.to_dict()["items"][-1]["what"] == "erased"
    assert list(page.to_pandas()["what"])[-1] == "erased"
    store.erase(values=[SECRET])  # nothing has it any more
    assert len(told(store.changes())) == 6


def test_nodes_that_are_forgotten_are_deleted_and_erased(store, history):
    with acting("ann"):
        store.erase(history.evaluation, reason="asked for")
    of_it = [one for one in store.changes(of=history.evaluation) if one.by == "ann"]
    assert [(one.what, one.reason) for one in of_it] == [
        ("deleted", "asked for"),
        ("erased", "asked for"),
    ]
    store.erase(history.evaluation)  # it is forgotten
    assert len(told(store.changes())) == 1


def test_whose_name_goes_from_notes_of_purges_and_erasures(store, history, database):
    """What they told of is told again: a copy may have the name with it."""
    with acting("somebody"):
        store.delete(history.run_2, purge=True)
        store.erase(values=[SECRET])
    first = told(store.changes())
    store.erase(values=["somebody"], reason="asked for")
    again = [one for one in told(store.changes()) if one[4] == "asked for"]
    purged = [one.ref.short for one in (history.evaluation, history.evaluator, history.run_2)]
    assert {one[0] for one in again} == {*purged, *(one[0] for one in first)}
    # The first ones stay where they were.
    assert [(*one[:3], "erased", None) for one in first] == told(store.changes())[: len(first)]
    assert values(database, "somebody") == 0
    assert ("", history.evaluation.ref.short) in {(one[1], one[0]) for one in again}


def test_the_feed_tells_each_erasure_once(store, types, server):
    """From page to page, while somebody goes on."""
    made = store.artifacts.put_many(
        [
            Artifact(type="Examples", custom_properties={"who": f"person {n // 10}."})
            for n in range(60)
        ]
    )
    with Store(server.connect()) as other:
        page = other.changes(settled=True, limit=7)
        heard = told(page)
        for number in range(6):
            store.erase(values=[f"person {number}"])
            page = other.changes(since=page.until, settled=True, limit=7)
            heard += told(page)
        end = monotonic() + 60
        while len(heard) < 60 and monotonic() < end:
            sleep(0.2)
            page = other.changes(since=page.until, settled=True, limit=7)
            heard += told(page)
    assert sorted(one[0] for one in heard) == sorted(one.ref.short for one in made)
    assert heard == told(store.changes())


def test_a_page_has_not_many_more_erasures_than_it_was_asked_for(store, types, monkeypatch):
    monkeypatch.setattr("graphstore.deletion.erasure._BATCH", 5)
    store.artifacts.put_many(
        [Artifact(type="Examples", custom_properties={"who": SECRET}) for _ in range(40)]
    )
    since = store.changes()[-1].time + timedelta(milliseconds=1)
    store.erase(values=[SECRET])
    page = store.changes(since=since, limit=7)
    assert 7 <= len(page) <= 15
    assert len(store.changes(since=since)) == 40


def test_what_was_erased_before_the_feed_told_of_it_is_told_once(store, history, database):
    with acting(SECRET):
        store.contexts.put(history.run_1.evolve(custom_properties={"by": SECRET}))
        store.contexts.put(history.run_1.evolve(custom_properties={}))
        event = Event(type="INPUT", artifact_id=history.raw, execution_id=history.evaluator)
        store.events.put([event])
    store.erase(values=[SECRET])
    was = {one[:3] for one in told(store.changes())}
    assert len(was) == 6
    query(database, "MATCH (n:GraphstoreErasure) DELETE n")
    since = datetime.now(timezone.utc) - timedelta(seconds=1)
    assert told(store.changes()) == []
    migration = next(q for name, q in QUERIES.items() if name.endswith("__erasures"))
    for _ in range(2):
        for statement in migration.statements:
            database.run(statement)
    assert {one[:3] for one in told(store.changes(since=since))} == was
    assert {one[3:] for one in told(store.changes())} == {(None, "before changes told of erasures")}
    assert len(told(store.changes())) == 6


def test_a_retry_of_a_write_that_worked_tells_it_once(store, history, database, monkeypatch):
    run = database.one

    def twice(query, /, **parameters):
        if query.name.startswith(("deletion.erase_", "deletion.forget_")):
            run(query, **parameters)
        return run(query, **parameters)

    monkeypatch.setattr(database, "one", twice)
    store.erase(history.evaluation, values=[SECRET])
    once = told(store.changes())
    assert len(once) == len(set(once)) == 5


def test_a_store_without_erasures_reads_no_node_for_them(store, history, database):
    session = database.driver.session(database=database.name)
    with session:
        parameters = {"since": datetime(2020, 1, 1, tzinfo=timezone.utc)}
        parameters["until"] = datetime(2040, 1, 1, tzinfo=timezone.utc)
        text = QUERIES["changes.erasures"].with_parameters(parameters).text
        plan = session.run("EXPLAIN " + text, parameters).consume().plan
    assert "NodeIndexSeekByRange" in str(plan) and "AllNodesScan" not in str(plan)


def test_an_archive_tells_of_them(store, history, database, tmp_path):
    with acting("ann"):
        store.erase(values=[SECRET], reason="asked for")
    before = store.changes()[0].time
    changes = told(store.changes())
    end = monotonic() + 60
    while store.changes(settled=True).until <= store.changes()[-1].time:
        assert monotonic() < end
        sleep(0.05)
    export_archive(store, tmp_path / "a.zip")
    export_archive(store, tmp_path / "then.zip", as_of=before)
    for name, expected in (("a", changes), ("then", [])):
        empty(database)
        other = Store(database)
        for _ in range(2):
            report = import_archive(other, tmp_path / f"{name}.zip")
            assert report.agrees and report.problems == []
            assert told(other.changes()) == expected


def test_a_merge_says_what_may_be_here_still(store, history, database, tmp_path):
    export_archive(store, tmp_path / "before.zip")
    store.erase(values=[SECRET])
    export_archive(store, tmp_path / "after.zip")
    empty(database)
    other = Store(database)
    other.types.put(ArtifactType(name="Other"))
    other.artifacts.put(Artifact(type="Other"))
    import_archive(other, tmp_path / "before.zip")
    report = import_archive(other, tmp_path / "after.zip")
    said = [one for one in report.problems if "was erased in the archive's store" in one]
    assert len(said) == 4 and values(database, SECRET) > 0
    other.erase(values=[SECRET])
    report = import_archive(other, tmp_path / "after.zip")
    assert not [one for one in report.problems if "was erased" in one]
