"""Why this one, and where it went: decisions and deployments."""

from datetime import datetime, timezone

import pytest

from graphstore import Artifact, ArtifactState, Context, EventType, ExecutionState
from graphstore.errors import InvalidArgument, NotFound


@pytest.fixture
def models(artifact):
    return [artifact(type="Model", uri=f"s3://models/{n}") for n in range(3)]


def roles(store, execution):
    return {
        (event.type, *event.path, event.artifact_id)
        for event in store.events.of_executions([execution.id])
    }


def test_a_decision_is_an_execution_that_read_all_and_made_nothing(store, models, artifact):
    one, two, baseline = models
    evaluation = artifact(type="Examples")
    when = datetime(2026, 1, 31, tzinfo=timezone.utc)
    decision = store.decisions.record(
        two,
        candidates=[one, two],
        baseline=baseline.id,
        evaluations=[evaluation],
        metric="accuracy",
        threshold=1,
        criterion="no worse than the baseline",
        reason="it also is smaller",
        actor="ada",
        time=when,
        contexts=[Context(type="Pipeline", name="p")],
    )
    assert store.executions.get(decision.id) == decision
    assert (decision.type, decision.state, decision.end_time) == (
        "Decision",
        ExecutionState.COMPLETE,
        when,
    )
    assert decision.properties == {
        "metric": "accuracy",
        "smallest": False,
        "threshold": 1.0,
        "criterion": "no worse than the baseline",
        "reason": "it also is smaller",
        "actor": "ada",
    }
    assert roles(store, decision) == {
        (EventType.INPUT, "candidates", 0, one.id),
        (EventType.INPUT, "candidates", 1, two.id),
        (EventType.INPUT, "baseline", 0, baseline.id),
        (EventType.INPUT, "evaluations", 0, evaluation.id),
        (EventType.INPUT, "winner", 0, two.id),
    }
    assert set(store.lineage.upstream(two).artifacts) == {two.id}
    assert [c.name for c in store.contexts.of_execution(decision.id)] == ["p"]


def test_nothing_may_be_good_enough(store, models):
    decision = store.decisions.record(None, candidates=models, reason="all are worse")
    assert {role[1] for role in roles(store, decision)} == {"candidates"}
    assert decision.properties["actor"]


@pytest.mark.parametrize(
    ("winner", "candidates", "error", "says"),
    [
        (1, [], InvalidArgument, "at least one candidate"),
        (3, [1, 2], InvalidArgument, "artifact 3, is none of the candidates: 1, 2"),
        (99, [99], NotFound, "no artifact has id 99"),
        ("a1", [1], InvalidArgument, "found 'a1'"),
        (Artifact(type="Model"), [1], InvalidArgument, "has not been put"),
    ],
)
def test_a_wrong_decision_is_told(store, models, winner, candidates, error, says):
    with pytest.raises(error, match=says):
        store.decisions.record(winner, candidates=candidates)
    assert not store.executions.list()


def test_a_deployment_is_live_until_another_replaces_it(store, models):
    one, two, _ = models
    first = store.decisions.deploy(one, "production", uri="s3://serving/1", actor="ada")
    assert (first.target, first.live, first.model) == ("production", True, one)
    assert first.deployment.state is ArtifactState.LIVE
    beside = store.decisions.deploy(one, "staging")
    second = store.decisions.deploy(two, "production", reason="it is better")
    assert [d.deployment for d in store.decisions.deployments()] == [
        second.deployment,
        beside.deployment,
        first.deployment,
    ]
    (live,) = store.decisions.deployments(target="production", live=True)
    assert live == second
    (ended,) = store.decisions.deployments(model=one, live=False)
    assert ended.deployment == first.deployment
    (retired,) = store.executions.list(type="Retire")
    assert roles(store, retired) == {(EventType.INPUT, "retires", 0, first.deployment.id)}
    assert retired.properties["replaced_by"] == second.deployment.id
    graph = store.lineage.upstream(second.deployment)
    assert set(graph.artifacts) == {two.id, second.deployment.id}


def test_a_deployment_may_serve_beside_others_and_be_retired(store, models):
    one, two, _ = models
    first = store.decisions.deploy(one, "production")
    second = store.decisions.deploy(two.id, "production", replaces=[])
    assert len(store.decisions.deployments(target="production", live=True)) == 2
    store.decisions.retire(first, reason="it drifted")
    store.decisions.retire(second.deployment.id)
    assert not store.decisions.deployments(live=True)
    assert len(store.decisions.deployments(live=False)) == 2


def test_a_deployment_that_was_deleted_is_not_live(store, models):
    deployed = store.decisions.deploy(models[0], "production")
    store.artifacts.put(deployed.deployment.evolve(state=ArtifactState.DELETED))
    assert not store.decisions.deployments(live=True)


def test_a_wrong_deployment_is_told(store, models):
    with pytest.raises(InvalidArgument, match="needs a target"):
        store.decisions.deploy(models[0], "")
    with pytest.raises(NotFound, match="no artifact has id 99"):
        store.decisions.deploy(99, "production")
    with pytest.raises(NotFound, match="no artifact has id 99"):
        store.decisions.retire(99)
    assert not store.decisions.deployments()
