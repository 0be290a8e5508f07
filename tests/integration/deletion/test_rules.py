"""What goes with what, what stays and what is refused; and that it can break off anywhere."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    Attribution,
    Context,
    ContextType,
    Execution,
    FailedPrecondition,
    NodeRef,
    NotFound,
    Store,
)
from graphstore.database import acting
from graphstore.database.queries import QUERIES
from graphstore.deletion import deleting, rules, writing
from graphstore.recording.digest import digest
from tests.conftest import ROOT
from tests.integration.deletion.graphs import iris, properties_of, query


@pytest.fixture
def history(store, types):
    return iris(store)


def refs(*nodes):
    return sorted(node.ref for node in nodes)


def by_rule(parts):
    return {part.rule.name: sorted(part.nodes) for part in parts}


def gone(store):
    every = (store.artifacts, store.executions, store.contexts)
    return sorted(one.ref for nodes in every for one in nodes.list(deleted=True) if one.deletion)


def test_a_run_takes_what_only_it_made(store, history):
    h = history
    report = store.delete(h.run_1)
    assert by_rule(report.goes) == {
        "asked": refs(h.run_1),
        "step": refs(h.trainer),
        "made": refs(h.scratch),
    }
    assert by_rule(report.stays) == {"used": refs(h.model)}
    assert gone(store) == refs(h.run_1, h.trainer, h.scratch)


def test_a_pipeline_takes_its_runs(store, history):
    h = history
    report = store.delete(h.pipeline)
    assert by_rule(report.goes)["run"] == refs(h.run_1, h.run_2)
    assert gone(store) == refs(*(node for node in vars(h).values() if node is not h.raw))


def test_a_pipeline_takes_runs_that_only_their_steps_lead_to(store, types):
    store.types.put(ContextType(name="pipeline_run"))
    done = store.publish(
        Execution(type="Trainer"),
        contexts=[Context(type="Pipeline", name="p"), Context(type="pipeline_run", name="p/1")],
    )
    report = store.delete(done.contexts[0])
    assert sorted(report.nodes) == refs(done.execution, *done.contexts)


def test_an_execution_takes_what_only_it_made(store, history):
    report = store.delete(history.trainer)
    assert by_rule(report.goes) == {"asked": refs(history.trainer), "made": refs(history.scratch)}


def test_an_artifact_and_a_context_of_another_kind_take_nothing(store, history):
    store.types.put(ContextType(name="Experiment"))
    experiment = store.contexts.put(Context(type="Experiment", name="x"))
    report = store.delete([experiment, history.model])
    assert sorted(report.nodes) == refs(experiment, history.model)


def test_what_belongs_to_another_run_stays(store, history):
    h = history
    shared = store.publish(Execution(type="Trainer"), contexts=[h.run_1, h.run_2]).execution
    report = store.delete(h.run_1)
    assert by_rule(report.stays)["other_run"] == refs(shared)
    both = store.delete([h.run_1, h.run_2])
    assert shared.ref in both.nodes


def test_what_is_attributed_to_another_run_stays(store, history):
    h = history
    store.contexts.put_attributions([Attribution(artifact_id=h.scratch.id, context_id=h.run_2.id)])
    report = store.delete(h.run_1)
    assert by_rule(report.stays)["other_run"] == refs(h.scratch)


def test_a_dry_run_says_all_and_changes_nothing(store, database, history):
    before = query(database, "MATCH (n) RETURN properties(n) ORDER BY elementId(n)")
    plan = store.delete(history.run_1, reason="space", dry_run=True)
    assert query(database, "MATCH (n) RETURN properties(n) ORDER BY elementId(n)") == before
    assert plan.dry_run and plan.shown_by == 3  # the model, its evaluator, the evaluation
    assert json.loads(json.dumps(plan.to_dict()))["count"] == 3
    assert "1 artifact, 1 execution, 1 context would go; tombstones stay" in str(plan)
    done = store.delete(history.run_1, reason="space")
    assert (done.goes, done.stays) == (plan.goes, plan.stays)


def test_what_goes_on_is_refused_unless_forced(store, history):
    going = store.executions.put(Execution(type="Trainer", state="RUNNING"))
    with pytest.raises(FailedPrecondition, match=rf"nothing was deleted.*{going.ref.short}"):
        store.delete([going, history.raw])
    assert gone(store) == []
    plan = store.delete(going, dry_run=True)
    assert by_rule(plan.refused) == {"running": refs(going)} and plan.hinders()
    store.delete(going, force=True)
    assert gone(store) == refs(going)


@pytest.mark.parametrize("how", ["deployed", "planned", "pushed"])
def test_what_a_live_deployment_stands_on_is_refused_unless_forced(store, history, how):
    h = history
    if how == "pushed":
        store.types.put(ArtifactType(name="PushedModel"))
        store.publish(
            Execution(type="Trainer"),
            {"model": [h.model]},
            {"pushed_model": [Artifact(type="PushedModel", uri="s3://p")]},
        )
    else:
        days = timedelta(days=1) if how == "planned" else -timedelta(days=1)
        store.decisions.deploy(h.model, "eu", time=datetime.now(timezone.utc) + days)
    for node in (h.model, h.trainer, h.raw, h.run_1, h.pipeline):
        with pytest.raises(FailedPrecondition, match="a live deployment stands on it"):
            store.delete(node)
    assert gone(store) == []
    store.delete([h.scratch, h.run_2])
    assert h.evaluation.ref in gone(store)
    store.delete(h.model, force=True)
    assert h.model.ref in gone(store)


def test_what_a_deployment_stood_on_that_was_retired_may_go(store, history):
    deployed = store.decisions.deploy(history.model, "eu")
    store.decisions.retire(deployed)
    store.delete(history.model)
    assert history.model.ref in gone(store)


def test_what_is_not_there_is_said(store, history):
    with pytest.raises(NotFound, match="no execution has id 999"):
        store.delete([history.raw, NodeRef("execution", 999)])
    assert gone(store) == []


def test_every_rule_has_words_and_a_row_in_the_guide():
    guide = (ROOT / "docs" / "deletion.md").read_text(encoding="utf-8")
    for rule in rules.RULES:
        assert f"| `{rule.name}` | {rule.effect.value} |" in guide


def test_it_may_break_off_anywhere_and_ends_the_same(store, types, database, monkeypatch):
    """After each of its transactions in turn the process dies."""
    monkeypatch.setattr(writing, "BATCH", 2)

    def build():
        query(database, "MATCH (n:Artifact|Execution|Context) DETACH DELETE n")
        return iris(store)

    def state():
        return query(
            database,
            "MATCH (n:Artifact|Execution|Context) RETURN [labels(n), n.uri, n.external_id, n.type,"
            " n._deleted IS NULL] AS row ORDER BY row",
        )

    h = build()
    store.delete(h.pipeline)
    expected, broken = state(), 0
    for after in range(1, 20):
        h = build()
        counted = []

        def die(progress, counted=counted, after=after):
            counted.append(progress)
            if len(counted) == after:
                raise KeyboardInterrupt

        try:
            store.delete(h.pipeline, on_progress=die)
        except KeyboardInterrupt:
            broken += state() != expected
            store.delete(h.pipeline)
        else:
            break
        assert state() == expected
    assert broken >= 2


def test_one_deletion_at_a_time(store, history, database, server):
    with Store(server.connect()) as other:

        def meanwhile(progress):
            with pytest.raises(FailedPrecondition, match=r"another deletion goes on by ann"):
                other.delete(history.raw)

        with acting("ann"):
            store.delete(history.run_1, on_progress=meanwhile)
        other.delete(history.raw)
    assert history.raw.ref in gone(store)


def test_a_lease_that_nobody_renews_ends(store, history, database):
    with acting("ann"):
        database.one(QUERIES["deletion.lease"], holder="dead", lease_seconds=60)
    with pytest.raises(FailedPrecondition, match="if its process is gone, for"):
        store.delete(history.raw)
    query(database, "MATCH (l:GraphstoreLease) SET l.until = datetime() - duration('PT1S')")
    store.delete(history.raw)
    assert gone(store) == refs(history.raw)


def test_whoever_lost_the_lease_writes_no_more(store, history, database, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 1)

    def steal(progress):
        query(database, "MATCH (l:GraphstoreLease) SET l.holder = 'somebody else'")

    with pytest.raises(FailedPrecondition, match="another one has begun meanwhile"):
        store.delete([history.raw, history.scratch], on_progress=steal)
    assert len(gone(store)) == 1


def test_what_somebody_begins_to_read_meanwhile_stays(store, history, database, monkeypatch):
    original = deleting.carry_out

    def slowly(*arguments, **how):
        store.publish(Execution(type="Evaluator"), {"data": [history.scratch]})
        return original(*arguments, **how)

    monkeypatch.setattr(deleting, "carry_out", slowly)
    report = store.delete(history.run_1)
    assert by_rule(report.stays)["meanwhile"] == refs(history.scratch)
    assert store.artifacts.get(history.scratch).deletion is None


def file_artifact(store, path, **fields):
    value = digest(path).value
    return store.artifacts.put(Artifact(type="Model", uri=str(path), digest=value, **fields))


def test_files_go_only_if_asked_for_and_as_they_were_recorded(store, types, tmp_path):
    names = ("same", "changed", "shared", "in_folder", "undigested", "away")
    paths = {name: tmp_path / name for name in names}
    paths["in_folder"] = tmp_path / "folder" / "x"
    paths["in_folder"].parent.mkdir()
    for name, path in paths.items():
        path.write_text(name)
    made = {
        name: file_artifact(store, path) for name, path in paths.items() if name != "undigested"
    }
    made["undigested"] = store.artifacts.put(Artifact(type="Model", uri=str(paths["undigested"])))
    file_artifact(store, paths["shared"])
    store.artifacts.put(Artifact(type="Model", uri=f"file://{paths['in_folder'].parent}"))
    folder = tmp_path / "folder_itself"
    folder.mkdir()
    (folder / "y").write_text("y")
    made["folder"] = file_artifact(store, folder)
    paths["changed"].write_text("other")
    paths["away"].unlink()
    plan = store.delete(list(made.values()), dry_run=True)
    fates = {fate.artifact: fate for fate in plan.files}
    assert [ref for ref, fate in fates.items() if fate.goes] == [made["same"].ref]
    assert made["away"].ref not in fates and fates[made["same"].ref].bytes == 4
    assert "stay" in str(plan)
    report = store.delete(list(made.values()), files=True)
    assert not paths["same"].exists()
    assert all(paths[name].exists() for name in ("changed", "shared", "in_folder", "undigested"))
    assert folder.exists()
    assert {fate.artifact for fate in report.files if fate.goes} == {made["same"].ref}
    assert "it is a folder" in str(report)


def test_without_asking_no_file_goes(store, types, tmp_path):
    path = tmp_path / "m"
    path.write_text("m")
    store.delete(file_artifact(store, path))
    assert path.exists()


def test_names_stand_in_what_the_deletion_is_by(store, history, database):
    with acting("ann"):
        store.delete(history.raw, reason="a reason")
    assert properties_of(database, history.raw)["_deleted_by"] == "ann"
