"""Why this one, and where it went: decisions and deployments."""

import multiprocessing
import threading
from datetime import date, datetime, timedelta, timezone

import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    Context,
    EventType,
    Execution,
    ExecutionState,
    Store,
)
from graphstore.database.queries import QUERIES
from graphstore.database.transaction import Transaction
from graphstore.errors import (
    AlreadyExists,
    Deleted,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
)
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.recording.decisions import Decisions
from tests.conftest import IRIS, until


@pytest.fixture
def models(artifact):
    return [artifact(type="Model", uri=f"s3://models/{n}") for n in range(3)]


def roles(store, execution):
    return {
        (event.type, *event.path, event.artifact_id)
        for event in store.events.of_executions([execution.id])
    }


@pytest.fixture
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))


@pytest.mark.usefixtures("own_folders")
def test_a_push_that_failed_replaces_nothing(store, models):
    with store.run("p", capture=()) as run:
        for number in range(2):
            place = f"s3://serving/churn/{number}"
            try:
                with run.execution("Pusher", inputs={"model": models[number]}) as step:
                    push = Artifact(type="PushedModel", uri=place)
                    step.output("pushed_model", push, properties={"pushed_destination": place})
                    if number:
                        raise OSError("disk full")
            except OSError:
                pass
    now = datetime.now(timezone.utc)
    for answers in (store.production(), store.production(on=now)):
        assert [one.model.id for one in answers] == [models[0].id]
    rows = store.database.rows(QUERIES["questions.what_is_in_production"])
    assert [row["where"] for row in rows] == ["s3://serving/churn/0"]
    (push,) = store.explain(models[0]).pushes
    assert (push.live, push.fate) == (True, "")


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
        ("e1", [1], InvalidArgument, "expected an artifact; e1 is an execution"),
        (True, [1], InvalidArgument, "found bool True"),
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
    (past_deployment,) = store.decisions.deployments(model=one, live=False)
    assert past_deployment.deployment == first.deployment
    (retirement,) = store.executions.list(type="Retire")
    assert roles(store, retirement) == {(EventType.INPUT, "retires", 0, first.deployment.id)}
    assert retirement.properties["replaced_by"] == second.deployment.id
    graph = store.lineage.upstream(second.deployment)
    assert set(graph.artifacts) == {two.id, second.deployment.id}


def test_deployments_are_paged_whatever_their_times(store, models):
    same = datetime(2026, 3, 1, tzinfo=timezone.utc)
    for at, target in enumerate("abcdefg"):
        store.decisions.deploy(models[at % 3], target, time=same if at < 4 else None)
    # What somebody wrote by hand: finer than Python tells times apart, and none at all.
    for target, time in (("a", "datetime('2026-03-01T00:00:00.000000001Z')"), ("e", "null")):
        store.database.driver.execute_query(
            "MATCH (e:Execution {type: 'Deploy', target: $target})"
            f" SET e.end_time = {time}, e.create_time = {time}",
            target=target,
        )
    every = store.decisions.deployments(limit=None)
    assert every.next_page is None and len(every) == 7
    assert every[0].target == "e" and [one.target for one in every[3:]] == ["a", "d", "c", "b"]
    for size in (1, 2, 3, 7):
        seen, after = [], None
        while True:
            page = store.decisions.deployments(limit=size, after=after)
            assert len(page) <= size
            seen += page
            if (after := page.next_page) is None:
                break
        assert seen == list(every), size
    live = store.decisions.deployments(live=True, limit=4)
    assert len(live) == 4 and live.next_page
    for wrong in ("", "x", "WzEsIFsxXV0=", live.next_page[:-8]):
        with pytest.raises(InvalidArgument, match="no page token"):
            store.decisions.deployments(after=wrong)
    with pytest.raises(InvalidArgument, match="1 or more"):
        store.decisions.deployments(limit=0)


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
    decision = store.decisions.deploy(models[0], "production")
    store.artifacts.put(decision.deployment.evolve(state=ArtifactState.DELETED))
    assert not store.decisions.deployments(live=True)


def test_a_wrong_deployment_is_told(store, models):
    with pytest.raises(InvalidArgument, match="needs a target"):
        store.decisions.deploy(models[0], "")
    with pytest.raises(NotFound, match="no artifact has id 99"):
        store.decisions.deploy(99, "production")
    with pytest.raises(NotFound, match="no artifact has id 99"):
        store.decisions.retire(99)
    assert not store.decisions.deployments()


def day(month, number=1):
    return datetime(2025, month, number, tzinfo=timezone.utc)


def live(store, target="production"):
    return [one.model.id for one in store.decisions.deployments(target=target, live=True)]


def models_in(store, month):
    return [one.model.id for one in store.production(on=day(month, 15))]


def _push(run, model, folder, *, pushed=1):
    with run.execution("Pusher", inputs={"model": model}) as step:
        place = f"{folder}/{step.execution.id}"
        push = Artifact(type="PushedModel", uri=place)
        properties = {"pushed_destination": place, "pushed": pushed}
        step.output("pushed_model", push, properties=properties)


@pytest.mark.parametrize("candidates", [1, 2, 4])
def test_the_last_in_production_are_those_of_all(store, models, monkeypatch, candidates):
    """However few are looked at first, and whatever the last of them is: replaced, retired,
    deleted, planned, pushed nowhere."""
    deploy = store.decisions.deploy
    for month in range(1, 7):
        deploy(models[month % 3], f"target {month % 2}", time=day(month))
    ended = deploy(models[0], "retired", time=day(7)).deployment
    store.decisions.retire(ended, time=day(8))
    deploy(models[1], "once", time=day(2, 20))
    with store.run("p", capture=()) as run:
        _push(run, models[1], "s3://serving/a")
        _push(run, models[2], "s3://serving/a")
        _push(run, models[0], "s3://serving/b", pushed=0)
        _push(run, models[0], "s3://serving/c")
    gone = deploy(models[2], "gone", time=day(9)).deployment
    store.delete(gone, force=True)
    deploy(models[0], "planned", time=datetime.now(timezone.utc) + timedelta(days=90))
    monkeypatch.setattr("graphstore.questions.production._CANDIDATES", candidates)
    for asked in (
        {},
        {"on": day(7, 15)},
        {"on": day(8, 15)},
        {"as_of": datetime.now(timezone.utc)},
    ):
        every = [one.artifact.id for one in store.production(**asked)]
        assert len(every) >= (3 if "on" in asked else 5)
        for limit in range(1, len(every) + 2):
            last = store.production(limit=limit, **asked)
            assert [one.artifact.id for one in last] == every[:limit]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_in_whatever_order_deployments_are_recorded_their_own_times_count(store, models, order):
    months = (4, 6, 11)
    for place in order:
        store.decisions.deploy(models[place], "production", time=day(months[place]))
    assert live(store) == [models[2].id]
    deployments = store.decisions.deployments(target="production")
    assert [one.model.id for one in deployments] == [model.id for model in reversed(models)]
    assert [one.time for one in deployments] == [day(11), day(6), day(4)]
    assert [one.ended for one in deployments] == [None, day(11), day(6)]
    assert deployments[2].replaced_by == deployments[1].deployment.id
    assert [models_in(store, month) for month in (3, 5, 7, 12)] == [
        [],
        [models[0].id],
        [models[1].id],
        [models[2].id],
    ]
    (place,) = [row for row in store.database.rows(QUERIES["questions.what_is_in_production"])]
    assert place["model"].startswith(f"a{models[2].id} ")


def test_one_that_is_born_as_replaced_is_told_so(store, models):
    store.decisions.deploy(models[0], "production", time=day(11))
    late = store.decisions.deploy(models[1], "production", time=day(4))
    assert (late.live, late.ended) == (False, day(11))
    assert "replaced by a" in late.fate and "2025-11-01" in late.fate
    (push,) = store.explain(models[1]).pushes
    assert not push.live and push.fate == late.fate and late.fate in str(store.explain(models[1]))


def test_at_one_moment_the_last_that_was_said_is_live(store, models):
    for model in models:
        store.decisions.deploy(model, "production", time=day(4))
    assert live(store) == [models[2].id]


def test_threads_that_deploy_at_once_leave_one_live(store, models):
    together, errors = threading.Barrier(6), []

    def promote(number):
        together.wait(60)
        try:
            store.decisions.deploy(models[number % 3], "production")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=promote, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(live(store)) == 1
    assert len(store.decisions.deployments(target="production")) == 6


def _promote(database, model, together):
    together.wait(60)
    Store(database).decisions.deploy(model, "production")


def test_processes_that_deploy_at_once_leave_one_live(store, models):
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(3)
    workers = [
        fork.Process(target=_promote, args=(store.database, model.id, together)) for model in models
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 3
    assert len(live(store)) == 1
    assert len(store.decisions.deployments(target="production")) == 3


@pytest.mark.parametrize("state", ["DELETED", "ABANDONED", "PENDING", "MARKED_FOR_DELETION"])
def test_what_is_not_there_is_not_deployed(store, artifact, state):
    model = artifact(type="Model", state=ArtifactState(state))
    with pytest.raises(FailedPrecondition, match=f"a{model.id} is {state}"):
        store.decisions.deploy(model, "production")
    assert not store.decisions.deployments()


@pytest.mark.parametrize("state", [None, "UNKNOWN", "LIVE", "REFERENCE"])
def test_what_may_be_there_is_deployed(store, artifact, state):
    model = artifact(type="Model", state=state and ArtifactState(state))
    assert store.decisions.deploy(model, "production").live


@pytest.mark.parametrize(
    ("type_", "what"),
    [("Environment", "an environment"), ("Metrics", "an evaluation"), ("Dataset", "data")],
)
def test_what_is_no_model_is_not_deployed(store, type_, what):
    store.types.put(ArtifactType(name=type_))
    (one,) = store.artifacts.put_many([Artifact(type=type_)])
    with pytest.raises(InvalidArgument, match=f"a{one.id} is {what} \\({type_}\\), and no model"):
        store.decisions.deploy(one, "production")


def test_a_deployment_is_no_model(store, models):
    decision = store.decisions.deploy(models[0], "production")
    with pytest.raises(InvalidArgument, match="is a deployment"):
        store.decisions.deploy(decision.deployment, "production")


def test_only_what_serves_is_retired(store, models):
    decision = store.decisions.deploy(models[0], "production", time=day(4))
    message = f"a{models[0].id} is a Model, and no deployment; it was deployed as a"
    with pytest.raises(InvalidArgument, match=message):
        store.decisions.retire(models[0])
    with pytest.raises(InvalidArgument, match="was deployed only at 2025-04-01"):
        store.decisions.retire(decision, time=day(3))
    store.decisions.retire(decision, time=day(6))
    with pytest.raises(FailedPrecondition, match="serves no more: retired, 2025-06-01"):
        store.decisions.retire(decision)
    # What is known now: it ended before.
    store.decisions.retire(decision, time=day(5))
    (one,) = store.decisions.deployments()
    assert (one.ended, one.replaced_by, one.live) == (day(5), None, False)


def test_only_deployments_that_serve_are_replaced(store, models):
    decision = store.decisions.deploy(models[0], "staging")
    with pytest.raises(InvalidArgument, match="and no deployment"):
        store.decisions.deploy(models[1], "production", replaces=[models[0]])
    store.decisions.deploy(models[1], "production", replaces=[decision.deployment])
    with pytest.raises(FailedPrecondition, match="serves no more: replaced by a"):
        store.decisions.deploy(models[2], "production", replaces=[decision.deployment])
    assert len(store.decisions.deployments()) == 2


def test_a_deployment_whose_answer_was_lost_is_there_once(store, models, monkeypatch):
    once = store.database.transact

    def twice(name, work):
        once(name, work)
        return once(name, work)

    monkeypatch.setattr(store.database, "transact", twice)
    store.decisions.deploy(models[0], "production")
    second = store.decisions.deploy(models[1], "production")
    assert len(store.decisions.deployments()) == 2 and live(store) == [models[1].id]
    store.decisions.retire(second)
    assert len(store.executions.list(type="Retire")) == 2


def test_production_of_a_tfx_history(store):
    import_mlmd(store, IRIS)
    (now,) = store.production()
    assert (now.model.id, now.artifact.id) == (45, 49)
    assert now.target == "/pipelines/iris/serving/1795227941"
    then = now.since - timedelta(seconds=1)
    (before,) = store.production(on=then)
    assert before.model.id != 45
    assert store.production(on=date(2026, 11, 20)) == []
    assert len(store.production(on=date.max)) == 1  # there is no day after it
    assert [one.model.id for one in store.production(on=date(2026, 11, 21))] == [45]
    decision = store.decisions.deploy(45, "production")
    assert [one.artifact.id for one in store.production()] == [
        decision.deployment.id,
        49,
    ]
    (push, *_) = [p for p in store.explain(32).pushes]
    assert push.fate.startswith("replaced by a49, 2026-11-21")


def test_pushes_are_in_the_order_of_their_own_times(store, models):
    for type_ in ("PushedModel",):
        store.types.put(ArtifactType(name=type_))
    from graphstore import ExecutionType

    store.types.put(ExecutionType(name="Pusher"))
    for model, month in ((models[0], 11), (models[1], 4)):
        place = {"pushed": 1, "pushed_destination": f"/serving/{month}"}
        store.publish(
            Execution(type="Pusher", end_time=day(month)),
            {"model": model},
            {"pushed_model": Artifact(type="PushedModel", custom_properties=place)},
        )
    (now,) = store.production()
    assert now.model.id == models[0].id
    (row,) = store.database.rows(QUERIES["questions.what_is_in_production"])
    assert row["where"] == now.target == "/serving/11"
    assert [push.live for push in store.explain(models[0]).pushes] == [True]
    assert [push.live for push in store.explain(models[1]).pushes] == [False]
    for model, says in ((models[0], ("yes", "yes")), (models[1], ("no", "no: a"))):
        (reach_row,) = rows(store, "what_did_it_reach", artifact_id=model.id)
        (push,) = rows(store, "where_was_it_pushed", artifact_id=model.id)
        assert reach_row["live"] == says[0] and push["live"].startswith(says[1])


def test_a_target_that_never_was_is_told(store, models):
    assert store.production() == []
    store.decisions.deploy(models[0], "production")
    with pytest.raises(NotFound, match="'prod'; there are 'production'"):
        store.production(target="prod")
    store.decisions.retire(store.decisions.deployments()[0])
    assert store.production(target="production") == []
    with pytest.raises(InvalidArgument, match="says no time zone"):
        store.production(on=datetime(2025, 1, 1))


def test_production_is_asked_for_the_last_or_of_some_models(store, models):
    for number, model in enumerate(models):
        day = datetime(2026, 1, 1 + number, tzinfo=timezone.utc)
        store.decisions.deploy(model, f"target {number}", time=day)
    targets = [one.target for one in store.production()]
    assert targets == ["target 2", "target 1", "target 0"]
    assert [one.target for one in store.production(limit=2)] == targets[:2]
    two = [models[2], models[0].id]
    assert [one.target for one in store.production(models=two)] == ["target 2", "target 0"]
    assert [one.target for one in store.production(models=two, limit=1)] == ["target 2"]
    assert store.production(models=[models[0]], target="target 1") == []
    assert store.production(models=[]) == []
    assert [one.target for one in store.production(target="target 0")] == ["target 0"]
    before = datetime(2026, 1, 2, tzinfo=timezone.utc)
    assert [one.target for one in store.production(on=before, limit=1)] == ["target 1"]
    for limit in (0, -1):
        with pytest.raises(InvalidArgument, match=f"limit must be a .*, 1 or more, not {limit}"):
            store.production(limit=limit)


def test_a_deployment_of_the_future_serves_only_then(store, models):
    """It is planned; what serves until then goes on to."""
    hour, ahead = timedelta(hours=1), datetime.now(timezone.utc) + timedelta(days=400)
    now = store.decisions.deploy(models[0], "production")
    plan = store.decisions.deploy(models[1], "production", time=ahead)
    assert (plan.live, plan.planned) == (False, True)
    (serves,) = store.production()
    assert serves.model.id == models[0].id
    (then,) = store.production(on=ahead + hour)
    assert then.model.id == models[1].id
    assert live(store) == [models[0].id]
    later, first = store.decisions.deployments()
    assert (later.planned, later.live, first.planned, first.live) == (True, False, False, True)
    assert later.fate == f"planned, from {later.time:%Y-%m-%d %H:%M:%S} UTC"
    assert first.fate.startswith(f"to be replaced by a{plan.deployment.id}, {later.time:%Y-%m-%d}")
    assert store.explain(models[0]).pushes[0].stands.startswith("still there, to be replaced by a")
    assert store.explain(models[1]).pushes[0].stands == later.fate
    for model, is_live in zip(models, (True, False), strict=False):
        (one,) = store.impact(model).deployments
        assert (one.live, one.planned) == (is_live, not is_live)
        (row,) = rows(store, "what_did_it_reach", artifact_id=model.id)
        assert row["live"] == ("yes" if is_live else "no: planned")
        (row,) = rows(store, "where_was_it_pushed", artifact_id=model.id)
        assert row["live"] == ("yes" if is_live else "no: planned")
    (row,) = rows(store, "what_is_in_production")
    assert row["model"].startswith(f"a{models[0].id} ")
    # Who takes its place until then ends when the planned one begins.
    third = store.decisions.deploy(models[2], "production")
    assert (third.live, third.replaced_by) == (True, plan.deployment.id)
    assert live(store) == [models[2].id]
    assert store.production()[0].model.id == models[2].id
    # A retirement of the future ends nothing yet.
    beside = store.decisions.deploy(models[0], "shadow")
    store.decisions.retire(beside, time=ahead)
    (one,) = store.decisions.deployments(target="shadow")
    assert one.live and one.fate.startswith("to be retired, ")
    assert now.deployment.id != plan.deployment.id


def rows(store, name, **parameters):
    return store.database.rows(QUERIES[f"questions.{name}"], **parameters)


def _deploy(store, models, **others):
    model, target = others.pop("model", models[1]), others.pop("target", "production")
    asked = {"reason": "better", "external_id": "ticket 7", **others}
    return store.decisions.deploy(model, target, **asked)


def _record(store, models, **others):
    winner, candidates = others.pop("winner", models[1]), others.pop("candidates", models)
    asked = {"metric": "loss", "threshold": 1, "reason": "better", "external_id": "ticket 7"}
    return store.decisions.record(winner, candidates=candidates, **{**asked, **others})


def _retire(store, models, **others):
    if "deployment" not in others:
        (others["deployment"],) = store.decisions.deployments(target="first")
    asked = {"reason": "better", "external_id": "ticket 7", **others}
    return store.decisions.retire(asked.pop("deployment"), **asked)


_ASKED = {"deploy": _deploy, "record": _record, "retire": _retire}


def _every(store):
    """All that the store says of nodes, with what it said before, and of edges. Types are put
    before a decision is looked at, and stay."""
    rows = store.database.driver.execute_query(
        """
        MATCH (node:Artifact|Execution|Context|Revision)
        RETURN elementId(node) AS id, labels(node) AS labels, properties(node) AS says,
          COLLECT {
            MATCH (node)-[edge]->(other)
            RETURN [type(edge), elementId(other), properties(edge)] ORDER BY elementId(edge)
          } AS edges
        ORDER BY id
        """
    ).records
    return [row.data() for row in rows]


@pytest.mark.parametrize("what", _ASKED)
def test_the_same_under_one_external_id_is_recorded_once(store, models, what):
    store.decisions.deploy(models[0], "first")
    store.decisions.deploy(models[0], "production")
    first = _ASKED[what](store, models)
    execution = first.execution if what == "deploy" else first
    assert execution.external_id == "ticket 7"
    every = _every(store)
    for other in (store, Store(store.database)):
        for when in ({}, {"time": execution.end_time}, {"actor": execution.properties["actor"]}):
            assert _ASKED[what](other, models, **when) == first
    assert _every(store) == every
    # Under another one, or none, it is another one - but what serves no more is not retired again.
    for other in ("ticket 8", None):
        if what == "retire":
            with pytest.raises(FailedPrecondition, match="serves no more"):
                _ASKED[what](store, models, external_id=other)
        else:
            assert _ASKED[what](store, models, external_id=other) != first


def test_what_is_said_again_later_is_answered_as_it_is_by_then(store, models):
    first = _deploy(store, models, replaces=[])
    _record(store, models, external_id="ticket 8")
    second = store.decisions.deploy(models[2], "production")
    store.delete(models[0])
    again = _deploy(store, models, replaces=[])
    assert (again.deployment, again.live) == (first.deployment, False)
    assert again.replaced_by == second.deployment.id
    assert _record(store, models, external_id="ticket 8").external_id == "ticket 8"
    assert len(store.decisions.deployments()) == 2


@pytest.mark.parametrize(
    ("what", "others", "says"),
    [
        ("deploy", {"target": "eu"}, r"target: 'production' there, 'eu' asked for"),
        ("deploy", {"model": 3}, r"model: a2 there, a3 asked for"),
        ("deploy", {"reason": "x"}, r"reason: 'better' there, 'x' asked for"),
        ("deploy", {"uri": "s3://x"}, r"uri: nothing there, 's3://x' asked for"),
        ("deploy", {"actor": "ada"}, r"actor: '.*' there, 'ada' asked for"),
        ("deploy", {"time": day(4)}, r"time: .* there, 2025-04-01T00:00:00\+00:00 asked for"),
        ("deploy", {"replaces": []}, r"beside: nothing there, True asked for"),
        ("record", {"winner": None}, r"winner: a2 there, nothing asked for"),
        ("record", {"winner": 1}, r"winner: a2 there, a1 asked for"),
        ("record", {"candidates": [1, 2]}, r"candidates: a1 a2 a3 there, a1 a2 asked for"),
        ("record", {"baseline": 3}, r"baseline: nothing there, a3 asked for"),
        ("record", {"threshold": 2}, r"threshold: 1\.0 there, 2\.0 asked for"),
        ("record", {"smallest": True}, r"smallest: False there, True asked for"),
        ("retire", {"deployment": "second"}, r"retires: a4 there, a5 asked for"),
        ("retire", {"reason": None}, r"reason: 'better' there, nothing asked for"),
    ],
)
def test_an_external_id_of_something_else_is_refused(store, models, what, others, says):
    store.decisions.deploy(models[0], "first")
    second = store.decisions.deploy(models[0], "second").deployment
    _ASKED[what](store, models)
    every = _every(store)
    if "deployment" in others:
        others = {"deployment": second}
    type_ = {"deploy": "Deploy", "record": "Decision", "retire": "Retire"}[what]
    message = rf"external id 'ticket 7' belongs to e\d+, a {type_} that says otherwise \(.*{says}"
    with pytest.raises(FailedPrecondition, match=message):
        _ASKED[what](store, models, **others)
    for other in _ASKED.keys() - {what}:
        message = f"'ticket 7' belongs to e\\d+, a {type_}, and a .* was asked for; .* of its own"
        with pytest.raises(FailedPrecondition, match=message):
            _ASKED[other](store, models)
    assert _every(store) == every


@pytest.mark.parametrize("what", _ASKED)
def test_an_external_id_of_what_belongs_to_other_contexts_is_refused(store, models, what):
    store.decisions.deploy(models[0], "first")
    ours, other = Context(type="Pipeline", name="p"), Context(type="Pipeline", name="q")
    made = _ASKED[what](store, models, contexts=[ours])
    every = _every(store)
    assert _ASKED[what](store, models, contexts=[ours]) == made
    assert _ASKED[what](store, models) == made
    with pytest.raises(FailedPrecondition, match="does not belong to the Pipeline 'q'; say the"):
        _ASKED[what](store, models, contexts=[ours, other])
    assert _every(store) == every
    assert [context.name for context in store.contexts.list()] == ["p"]


def test_an_external_id_of_what_replaced_something_else_is_refused(store, models):
    first = store.decisions.deploy(models[0], "production")
    other = store.decisions.deploy(models[0], "staging")
    made = _deploy(store, models, replaces=[first])
    assert _deploy(store, models, replaces=[first]) == made
    message = f"did not take the place of a{other.deployment.id}"
    with pytest.raises(FailedPrecondition, match=message):
        _deploy(store, models, replaces=[other])
    assert len(store.decisions.deployments()) == 3


@pytest.mark.parametrize("what", _ASKED)
def test_an_external_id_of_no_decision_is_refused(store, models, types, what):
    store.decisions.deploy(models[0], "first")
    trained = store.publish(Execution(type=types.trainer.name, external_id="ticket 7")).execution
    every = _every(store)
    with pytest.raises(FailedPrecondition, match=f"belongs to e{trained.id}, a Trainer, and a"):
        _ASKED[what](store, models)
    for wrong in ("", 7):
        with pytest.raises(InvalidArgument, match="external_id: expected a text"):
            _ASKED[what](store, models, external_id=wrong)
    assert _every(store) == every
    assert store.executions.get(trained.id) == trained


@pytest.mark.parametrize("what", _ASKED)
def test_who_publishes_under_the_external_id_of_a_decision_waits_for_it(
    store, models, types, monkeypatch, what
):
    store.decisions.deploy(models[0], "first")
    lock, refusals = Decisions._lock, []

    def publish():
        try:
            store.publish(Execution(type=types.trainer.name, external_id="ticket 7"))
        except Exception as error:
            refusals.append(error)

    publisher = threading.Thread(target=publish)

    def meanwhile(*given):
        answer = lock(*given)
        if publisher.ident is None:
            publisher.start()
            until(lambda: _is_anybody_blocked(store))
        return answer

    monkeypatch.setattr(Decisions, "_lock", meanwhile)
    made = _ASKED[what](store, models)
    publisher.join()
    (refused,) = refusals
    assert isinstance(refused, AlreadyExists) and "ticket 7" in str(refused)
    execution = made.execution if what == "deploy" else made
    assert store.executions.get_by_external_id("ticket 7") == execution
    assert not store.executions.list(type=types.trainer.name)


@pytest.mark.parametrize("what", _ASKED)
def test_a_decision_waits_for_who_takes_its_external_id(store, models, types, what):
    store.decisions.deploy(models[0], "first")
    trained = store.publish(Execution(type=types.trainer.name)).execution
    refusals = []

    def decide():
        try:
            _ASKED[what](store, models)
        except Exception as error:
            refusals.append(error)

    decider = threading.Thread(target=decide)
    with store.database.driver.session() as session, session.begin_transaction() as transaction:
        transaction.run(
            "MATCH (node:Execution {id: $id}) SET node.external_id = 'ticket 7'", id=trained.id
        ).consume()
        decider.start()
        until(lambda: _is_anybody_blocked(store))
        transaction.commit()
    decider.join()
    (refused,) = refusals
    assert isinstance(refused, FailedPrecondition)
    assert f"belongs to e{trained.id}, a Trainer" in str(refused)
    assert store.executions.get_by_external_id("ticket 7").type == types.trainer.name


def _is_anybody_blocked(store):
    """Whether a transaction waits for a lock that another one holds."""
    blocked = "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN status"
    return bool(store.database.driver.execute_query(blocked).records)


@pytest.mark.parametrize("what", _ASKED)
def test_an_external_id_of_what_was_deleted_is_refused(store, models, what):
    store.decisions.deploy(models[0], "first")
    made = _ASKED[what](store, models)
    store.delete(made.deployment if what == "deploy" else made, force=True, reason="a mistake")
    with pytest.raises(Deleted, match=r"deleted .*: a mistake; what was deleted is not changed"):
        _ASKED[what](store, models)


@pytest.mark.parametrize("what", _ASKED)
def test_threads_and_processes_with_one_external_id_record_one(store, models, what):
    store.decisions.deploy(models[0], "first")
    fork = multiprocessing.get_context("fork")
    together, answers = fork.Barrier(6), fork.SimpleQueue()
    workers = [
        fork.Process(target=_ask, args=(store.database, models, what, together, answers))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    threads = [
        threading.Thread(target=_ask, args=(store.database, models, what, together, answers))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for worker in [*threads, *workers]:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 3
    assert len({answers.get() for _ in range(6)}) == 1
    type_ = {"deploy": "Deploy", "record": "Decision", "retire": "Retire"}[what]
    assert len(store.executions.list(type=type_)) == (2 if what == "deploy" else 1)
    assert len(store.decisions.deployments()) == (2 if what == "deploy" else 1)


def _ask(database, models, what, together, answers):
    store = Store(database)
    together.wait(60)
    made = _ASKED[what](store, models)
    answers.put((made.execution if what == "deploy" else made).id)


def test_an_external_id_costs_deploy_and_retire_no_query(store, models, monkeypatch):
    """Counted as they are sent, but for those that put types and lease ids, as ever."""
    _deploy(store, models, external_id=None)
    _record(store, models, external_id=None)
    sent, run = [], Transaction._run

    def count(transaction, query, parameters):
        if query.name not in ("type.put", "sequence.lease"):
            sent.append(query.name)
        return run(transaction, query, parameters)

    monkeypatch.setattr(Transaction, "_run", count)

    def queries(work, **others):
        del sent[:]
        work(store, models, **others)
        return list(sent)

    publish, lock = "execution.publish", "decisions.lock"
    deploy = ["artifact.get", lock, "artifact.get", "answers.deployments", publish, publish]
    assert queries(_deploy, external_id=None) == deploy
    assert queries(_deploy) == deploy
    assert queries(_record, external_id=None) == ["execution.publish_many"]
    assert queries(_record, external_id="ticket 8") == [lock, publish]
    retire = [lock, "answers.deployments", "artifact.get", publish]
    for id_ in (None, "ticket 9"):
        first = store.decisions.deploy(models[0], "first")
        assert queries(_retire, deployment=first, external_id=id_) == retire
