"""Retention: the runs that a policy keeps no longer go, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from graphstore import Artifact, Context, ContextType, Execution, ParentContext, PropertyKind
from graphstore.deletion import Policy
from tests.integration.deletion.graphs import query


@pytest.fixture
def run(store, types):
    """A factory of runs, the first of which began ten days ago, the next one a day later."""
    store.types.put(ContextType(name="PipelineRun", properties={"status": PropertyKind.STRING}))
    began = datetime.now(timezone.utc) - timedelta(days=10)

    def make(pipeline="nightly", state="COMPLETE", reads=()):
        nonlocal began
        number = len(store.contexts.list(type="PipelineRun", limit=None))
        done = store.publish(
            Execution(type="Trainer", state=state, start_time=began, end_time=began),
            {"data": list(reads)},
            {"model": [Artifact(type="Model", uri=f"s3://{number}", state="LIVE")]},
            [
                Context(type="Pipeline", name=pipeline),
                Context(type="PipelineRun", name=f"{pipeline}/{number}", start_time=began),
            ],
        )
        whole, part = done.contexts
        store.contexts.put_parents([ParentContext(child_id=part, parent_id=whole)])
        began += timedelta(days=1)
        done_run = done
        return done_run

    return make


def policy(text):
    return Policy.parse(f'[pipeline."nightly*"]\n{text}')


def live(store):
    return [one.id for one in store.contexts.list(type="PipelineRun")]


def ids(publications):
    return [one.contexts[1].id for one in publications]


def test_the_last_runs_are_kept(store, run):
    runs = [run() for _ in range(5)]
    other = run("weekly")
    report = store.retain(policy("keep_last = 2"), reason="space")
    assert live(store) == ids([*runs[3:], other])
    (one,) = report.pipelines
    assert one.name == "nightly" and [ref.id for ref in one.goes] == ids(runs[:3])[::-1]
    assert {why: len(some) for why, some in one.kept.items()} == {"last": 2}
    assert "nightly (c1): 3 of 5 runs; kept: 2 last" in str(report)
    assert store.contexts.get(runs[0].contexts[1]).deletion.reason == "space"
    assert store.executions.get(runs[0].execution).deletion is not None
    # The pipeline itself stays.
    assert store.contexts.get(runs[0].contexts[0]).deletion is None


def test_young_runs_are_kept(store, run):
    runs = [run() for _ in range(5)]  # 10, 9, 8, 7 and 6 days old
    store.retain(policy("keep_days = 8"))
    assert live(store) == ids(runs[3:])


def test_only_runs_of_some_states_go(store, run):
    runs = [run(state=state) for state in ("COMPLETE", "FAILED", "FAILED", "COMPLETE")]
    store.retain(policy("keep_last = 1\nstates = ['FAILED']"))
    assert live(store) == ids([runs[0], runs[3]])


def test_what_goes_on_is_kept(store, run):
    going = run(state="RUNNING")
    run()
    report = store.retain(policy("keep_last = 0"))
    assert live(store) == ids([going])
    assert list(report.pipelines[0].kept) == ["running"]


def test_what_is_or_was_deployed_is_kept_with_what_it_stands_on(store, run):
    base = run()
    live_one = run(reads=base.outputs)
    was = run()
    other = run()
    store.decisions.deploy(live_one.outputs[0], "eu")
    store.decisions.retire(store.decisions.deploy(was.outputs[0], "us"))
    store.retain(policy("keep_last = 0"))
    assert live(store) == ids([base, live_one, was])
    assert other.contexts[1].id not in live(store)
    # What serves now is kept whatever the policy says.
    store.retain(policy("keep_last = 0\nkeep_deployed = false"))
    assert live(store) == ids([base, live_one])
    assert store.executions.get(base.execution).deletion is None


def test_what_a_run_that_is_kept_has_read_stays(store, run):
    first = run()
    second = run(reads=first.outputs)
    store.retain(policy("keep_last = 1"))
    assert live(store) == ids([second])
    assert store.artifacts.get(first.outputs[0]).deletion is None


def test_a_dry_run_changes_nothing_and_the_second_time_nothing_goes(store, run, database):
    for _ in range(3):
        run()
    before = query(database, "MATCH (n) RETURN properties(n) ORDER BY elementId(n)")
    plan = store.retain(policy("keep_last = 1"), dry_run=True)
    assert plan.deletion.count == 6 and plan.deletion.dry_run
    assert query(database, "MATCH (n) RETURN properties(n) ORDER BY elementId(n)") == before
    assert store.retain(policy("keep_last = 1")).deletion.count == 6
    again = store.retain(policy("keep_last = 1"))
    assert again.deletion.count == 0 and again.pipelines[0].goes == []


def test_a_policy_is_read_from_its_file(store, run, tmp_path):
    run()
    file = tmp_path / "policy.toml"
    file.write_text('reason = "old"\n[pipeline."*"]\nkeep_days = 1\n')
    assert store.retain(file).deletion.count == 3
