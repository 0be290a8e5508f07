"""Purges: gone from the graph, where nothing that stays was made of it."""

from __future__ import annotations

from contextlib import suppress

import pytest

from graphstore import (
    Artifact,
    Context,
    ContextType,
    Event,
    Execution,
    FailedPrecondition,
    NotFound,
)
from graphstore.database import acting
from graphstore.deletion import deleting, writing
from tests.integration.deletion.graphs import iris, query


@pytest.fixture
def history(store, types):
    return iris(store)


def there(database):
    return query(database, "MATCH (n:Artifact|Execution|Context) RETURN count(n)")[0]


def purges(database):
    return query(database, "MATCH (n:GraphstoreDeletion) RETURN properties(n)")


def test_what_nothing_was_made_from_goes_for_good(store, database, history):
    h = history
    before = there(database)
    with acting("ann"):
        report = store.delete(h.run_2, purge=True, reason="space")
    assert sorted(report.nodes) == sorted([h.run_2.ref, h.evaluator.ref, h.evaluation.ref])
    assert there(database) == before - 3
    told = {one["kind"]: one for one in purges(database)}
    assert {kind: one["ids"] for kind, one in told.items()} == {
        "artifact": [h.evaluation.id],
        "execution": [h.evaluator.id],
        "context": [h.run_2.id],
    }
    assert all(one["_deleted_by"] == "ann" for one in told.values())
    assert all(one["_deleted_why"] == "space" and one["_deleted"] for one in told.values())
    with pytest.raises(NotFound):
        store.artifacts.get(h.evaluation)
    with pytest.raises(NotFound, match="it was purged on"):
        store.delete(h.evaluation)


@pytest.mark.parametrize("which", ["raw", "trainer", "model", "run_1"])
def test_what_something_that_stays_was_made_from_is_refused(store, database, history, which):
    before = there(database)
    node = getattr(history, which)
    for force in (False, True):
        with pytest.raises(FailedPrecondition, match=r"was made from .*tombstones can be left"):
            store.delete(node, purge=True, force=force)
    assert there(database) == before and purges(database) == []
    plan = store.delete(node, purge=True, dry_run=True)
    assert plan.hinders(force=True)


def test_a_context_with_a_member_that_stays_is_refused(store, types):
    store.types.put(ContextType(name="PipelineRun"))
    runs = [Context(type="PipelineRun", name=name) for name in ("one", "other")]
    shared = store.publish(Execution(type="Trainer"), contexts=runs)
    one, other = shared.contexts
    with pytest.raises(FailedPrecondition, match=rf"e\d+ belongs to {one.ref.short}"):
        store.delete(one, purge=True)
    store.delete([one, other], purge=True)
    assert list(store.contexts.list(type="PipelineRun")) == []


def test_all_of_a_pipeline_goes_but_what_it_read(store, database, history):
    store.delete(history.pipeline, purge=True)
    assert query(database, "MATCH (n:Artifact|Execution|Context) RETURN n.id") == [history.raw.id]
    assert query(database, "MATCH ()-[e]->() RETURN count(e)") == [0]


def test_tombstones_can_be_purged(store, database, history):
    store.delete(history.pipeline)
    store.delete(history.pipeline, purge=True)
    assert there(database) == 1


def test_external_ids_of_what_was_purged_come_again(store, history):
    store.delete(history.pipeline, purge=True)
    again = store.artifacts.put(Artifact(type="Model", external_id="m/1"))
    assert again.id > history.model.id


def test_its_revisions_and_series_go_along(store, database, history):
    store.executions.put(history.evaluator.evolve(state="FAILED"))
    store.delete(history.run_2, purge=True)
    assert query(database, "MATCH (n:Revision) RETURN n") == []


def test_what_was_made_from_itself_goes(store, database, types):
    data = store.artifacts.put(Artifact(type="Examples"))
    done = store.publish(Execution(type="Trainer"), {"data": [data]})
    store.events.put(
        [Event(type="OUTPUT", artifact_id=data, execution_id=done.execution, path=("data", 0))]
    )
    store.delete([data, done.execution], purge=True)
    assert there(database) == 0


def test_it_may_break_off_and_what_is_left_has_its_history(store, types, database, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 1)
    for after in range(1, 12):
        query(database, "MATCH (n:Artifact|Execution|Context) DETACH DELETE n")
        h, told = iris(store), []

        def die(progress, told=told, after=after):
            told.append(progress)
            if len(told) == after:
                raise KeyboardInterrupt

        try:
            store.delete(h.pipeline, purge=True, on_progress=die)
        except KeyboardInterrupt:
            # Every execution that is left has what it read, every artifact its maker.
            assert (
                query(
                    database,
                    "MATCH (e:Execution) WHERE NOT EXISTS { (e)<-[:INPUT]-() } RETURN e"
                    " UNION MATCH (e:Artifact) WHERE e.uri <> 's3://raw' AND NOT EXISTS"
                    " { (e)<-[:OUTPUT]-() } RETURN e",
                )
                == []
            )
            with suppress(NotFound):  # it was the last that went
                store.delete(h.pipeline, purge=True)
        else:
            break
        assert there(database) == 1
    assert after > 4


def test_whoever_begins_to_read_it_meanwhile_keeps_it(store, history, database, monkeypatch):
    original = deleting.carry_out

    def slowly(*arguments, **how):
        store.publish(Execution(type="Trainer"), {"x": [history.evaluation]})
        return original(*arguments, **how)

    monkeypatch.setattr(deleting, "carry_out", slowly)
    with pytest.raises(FailedPrecondition, match="somebody has begun to use"):
        store.delete(history.run_2, purge=True)
    assert store.executions.get(history.evaluator).deletion is None
    assert store.artifacts.get(history.evaluation).uri == "s3://evaluation"
