"""Deletions in the feed of changes and in archives."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic, sleep

import pytest

from graphstore import Artifact, ArtifactType, Execution, Store
from graphstore.database import acting
from graphstore.interop.archive import export_archive, import_archive
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS, empty
from tests.integration.archive.contents import contents
from tests.integration.deletion.graphs import iris, query


@pytest.fixture
def history(store, types):
    return iris(store)


def told(changes):
    deletions = [one for one in changes if one.what == "deleted"]
    return [(one.node.short, one.by, one.reason, one.purged) for one in deletions]


def test_deletions_are_told_by_whom_and_why(store, history):
    with acting("ann"):
        store.delete(history.model, reason="space")
    with acting("bob"):
        store.delete(history.run_2, purge=True)
    assert told(store.changes()) == [
        (history.model.ref.short, "ann", "space", False),
        (history.evaluation.ref.short, "bob", None, True),
        (history.evaluator.ref.short, "bob", None, True),
        (history.run_2.ref.short, "bob", None, True),
    ]
    assert told(store.changes(by="ann")) == [(history.model.ref.short, "ann", "space", False)]
    of_model = store.changes(of=history.model)
    assert told(of_model) and of_model[-1].what == "deleted" and of_model[-1].type == "Model"
    assert told(store.changes(of=history.raw)) == []
    time = of_model[-1].time
    assert store.artifacts.get(history.model).deletion.time == time
    assert told(store.changes(since=time, until=time + timedelta(milliseconds=1)))
    assert not told(store.changes(until=time))


def test_the_feed_tells_each_deletion_once(store, types, server):
    """From page to page, while somebody goes on."""
    nodes = store.artifacts.put_many([Artifact(type="Examples") for _ in range(60)])
    with Store(server.connect()) as other:
        page = other.changes(settled=True, limit=7)
        heard = told(page)
        for start in range(0, 60, 10):
            store.delete(nodes[start : start + 10], purge=start % 20 == 10)
            page = other.changes(since=page.until, settled=True, limit=7)
            heard += told(page)
        end = monotonic() + 60
        while len(heard) < 60 and monotonic() < end:
            sleep(0.2)
            page = other.changes(since=page.until, settled=True, limit=7)
            heard += told(page)
    assert sorted(one[0] for one in heard) == sorted(one.ref.short for one in nodes)
    assert sum(purged for *_, purged in heard) == 30


def test_an_archive_brings_them_exactly_into_an_empty_store(store, history, database, tmp_path):
    with acting("ann"):
        store.delete([history.model, history.run_1], reason="space")
        store.delete(history.run_2, purge=True)
    before, changes = contents(database), store.changes()
    export_archive(store, tmp_path / "a.zip")
    empty(database)
    other = Store(database)
    report = import_archive(other, tmp_path / "a.zip")
    assert report.exact and report.agrees
    assert contents(database) == before
    assert told(other.changes()) == told(changes)
    again = import_archive(other, tmp_path / "a.zip")
    assert again.agrees and told(other.changes()) == told(changes)


def purged_here(database):
    return query(database, "MATCH (n:GraphstoreDeletion) RETURN n")


def test_an_archive_deletes_nothing_that_is_live_here(store, history, database, tmp_path):
    export_archive(store, tmp_path / "before.zip")
    store.delete([history.model, history.trainer, history.run_1], reason="space")
    store.delete(history.run_2, purge=True)
    export_archive(store, tmp_path / "after.zip")
    empty(database)
    other = Store(database)
    import_archive(other, tmp_path / "before.zip")
    report = import_archive(other, tmp_path / "after.zip")
    assert report.agrees
    assert other.artifacts.get(history.model).uri == "s3://m"
    assert other.contexts.get(history.run_1).name == "iris/1"
    assert [one for one in report.problems if "stays here" in one]
    assert any("were purged in the archive's store" in one for one in report.problems)
    assert purged_here(database) == []


def test_an_archive_brings_tombstones_of_what_was_never_here(store, history, database, tmp_path):
    store.delete([history.model, history.run_1], reason="space")
    export_archive(store, tmp_path / "a.zip")
    empty(database)
    other = Store(database)
    other.types.put(ArtifactType(name="Other"))
    other.artifacts.put(Artifact(type="Other"))
    for _ in range(2):  # the second time nothing is new
        report = import_archive(other, tmp_path / "a.zip")
        assert not report.exact and report.agrees
        every = [*other.artifacts.list(deleted=True), *other.contexts.list(deleted=True)]
        dead = [one for one in every if one.deletion]
        assert sorted((one.kind, one.deletion.reason) for one in dead) == [
            ("artifact", "space"),
            ("artifact", "space"),
            ("context", "space"),
        ]


def test_an_archive_revives_no_tombstone(store, history, database, tmp_path):
    export_archive(store, tmp_path / "a.zip")
    empty(database)
    other = Store(database)
    other.types.put(ArtifactType(name="Other"))
    other.artifacts.put(Artifact(type="Other"))
    import_archive(other, tmp_path / "a.zip")
    (model,) = other.artifacts.list(type="Model")
    run = other.contexts.get_by_name("PipelineRun", "iris/1")
    other.delete([model, run])
    before = query(database, "MATCH (n) WHERE n._deleted IS NOT NULL RETURN properties(n)")
    report = import_archive(other, tmp_path / "a.zip")
    assert report.agrees and [one for one in report.problems if "is not brought back" in one]
    after = query(database, "MATCH (n) WHERE n._deleted IS NOT NULL RETURN properties(n)")
    assert sorted(map(str, after)) == sorted(map(str, before))
    assert [one.name for one in other.contexts.list(type="PipelineRun")] == ["iris/2"]


def test_an_import_of_ml_metadata_revives_no_tombstone(store, database):
    import_mlmd(store, IRIS)
    (run, *_) = store.contexts.list(type="pipeline_run")
    store.delete(run, force=True)  # a model that was pushed stands on it
    before = query(database, "MATCH (n) WHERE n._deleted IS NOT NULL RETURN properties(n)")
    assert len(before) > 5
    report = import_mlmd(store, IRIS)
    assert report.agrees
    after = query(database, "MATCH (n) WHERE n._deleted IS NOT NULL RETURN properties(n)")
    assert sorted(map(str, after)) == sorted(map(str, before))
    assert run.name not in [one.name for one in store.contexts.list(type="pipeline_run")]


def test_an_execution_of_an_import_is_there_by_its_source(store):
    import_mlmd(store, IRIS)
    step = store.executions.list(limit=1)[0]
    store.delete(step, force=True)
    left = store.executions.get(step)
    assert (left.source, left.source_id) == (step.source, step.source_id)
    assert isinstance(left, Execution)
