"""What bad data got into: everything, each once, and nothing that it did not reach."""

import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    Context,
    ContextType,
    Event,
    EventType,
    Execution,
    ExecutionState,
    ExecutionType,
    NodeRef,
)
from graphstore.errors import InvalidArgument, NotFound
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.model.roles import Role, role_of
from graphstore.model.types import BaseType
from tests.conftest import IRIS

LIVE, DELETED = ArtifactState.LIVE, ArtifactState.DELETED
COMPLETE, CACHED, FAILED = ExecutionState.COMPLETE, ExecutionState.CACHED, ExecutionState.FAILED


@pytest.fixture
def put(store, types):
    """A factory: an execution that is stored, with what it read and made; the types are put."""
    names = {"Examples", "Model", "Trainer", "Pipeline"}

    def need(model, name, **fields):
        if name not in names:
            names.add(name)
            store.types.put(model(name=name, **fields))

    def step(type_, inputs=(), outputs=(), state=COMPLETE, contexts=(), events=(), **bases):
        need(ExecutionType, type_, base_type=bases.get(type_))
        for artifact in outputs:
            need(ArtifactType, artifact.type, base_type=bases.get(artifact.type))
        for context in contexts:
            need(ContextType, context.type)
        execution = Execution(type=type_, state=state)
        return store.publish(execution, inputs, outputs, contexts, events)

    return step


def new(type_, state=LIVE, **fields):
    return Artifact(type=type_, state=state, **fields)


def ids(group):
    return [one.node.ref.short for one in group]


def test_the_first_examples_of_a_real_history_reached_every_model_and_push(store):
    import_mlmd(store, IRIS)
    impact = store.impact(1)
    models = [m.ref.short for m in store.artifacts.iterate(type="Model")]
    pushes = [m.ref.short for m in store.artifacts.iterate(type="PushedModel")]
    assert sorted(ids(impact.models)) == sorted(models)
    assert sorted(ids(impact.deployments)) == sorted(pushes)
    assert len(impact.evaluations) == 12  # ModelBlessing and ModelEvaluation of six
    assert len({one.node.ref for one in impact.reached}) == len(impact.reached) == 24
    assert not impact.truncated
    # Each push went where the one before was, and the last Pusher pushed nothing.
    assert [(one.node.id, one.live) for one in impact.deployments][:2] == [(49, True), (9, False)]
    assert [ref.short for ref in impact.deployments[1].path] == ["a1", "e6", "a5", "e8", "a9"]
    assert {run.name for one in impact.reached for run in one.runs} == {
        run.name for run in store.contexts.iterate(type="pipeline_run")
    }  # that whose Trainer failed too: its Resolver chose the model before
    assert {one.name for part in impact.reached for one in part.pipelines} == {"iris"}
    assert set(impact.by_owner()) == {None}
    # The last examples reached only what was made of them.
    assert sorted(ids(store.impact(50).reached)) == ["a54", "a56", "a57", "a58"]
    # Statistics of the first reached the same by way of the schema; a push reaches nothing.
    assert len(store.impact(2).reached) == 24
    assert store.impact(58).reached == ()
    assert str(store.impact(58)) == (
        "PushedModel a58 reached no model, no evaluation and no deployment"
    )


def test_cached_steps_count_once_and_what_they_re_emit_is_reached(store, put, artifact):
    bad, copy = artifact(digest="sha256:1"), artifact(digest="sha256:1")
    first = put("Trainer", [bad], [new("Model")])
    (model,) = first.outputs
    for _ in range(3):
        put("Trainer", [bad], [model], state=CACHED)
    put("Trainer", [copy], [model], state=CACHED)
    (pushed_model,) = put("Pusher", [model], [new("PushedModel")]).outputs
    put("Pusher", [model], [pushed_model], state=CACHED)
    assert ids(store.impact(bad).reached) == [pushed_model.ref.short, model.ref.short]
    # The same contents under another id: the model would have been no other.
    assert ids(store.impact(copy).reached) == [pushed_model.ref.short, model.ref.short]


def test_nights_of_cached_steps_take_nothing_of_the_bound(store, put, artifact):
    raw, copy = artifact(digest="sha256:1"), artifact(digest="sha256:1")
    (data,) = put("Ingest", [raw], [new("Examples")]).outputs
    (model,) = put("Trainer", [data], [new("Model")]).outputs
    (pushed_model,) = put("Pusher", [model], [new("PushedModel")]).outputs
    for _ in range(8):
        put("Ingest", [raw], [data], state=CACHED)
        put("Ingest", [copy], [data], state=CACHED)
        put("Trainer", [data], [model], state=CACHED)
        put("Pusher", [model], [pushed_model], state=CACHED)
    for one in (raw, copy):
        impact = store.impact(one, max_nodes=7)
        assert ids(impact.reached) == [pushed_model.ref.short, model.ref.short]
        assert not impact.truncated
        assert len(impact.reached[0].path) == 7


def test_what_a_cached_step_would_have_run_in_reached_nothing(store, put, artifact):
    data, environment = artifact(), artifact()
    (model,) = put("Trainer", [data], [new("Model")]).outputs
    within = (environment, Event(type=EventType.INTERNAL_INPUT, path=("environment", 0)))
    put("Trainer", [data], [model], state=CACHED, events=[within])
    assert store.impact(environment).reached == ()
    (other,) = put("Trainer", [data], [new("Model")], events=[within]).outputs
    assert ids(store.impact(environment).reached) == [other.ref.short]


def test_what_a_resolver_looked_at_did_not_make_what_it_chose(store, put, artifact):
    data, other = artifact(), artifact()
    (model,) = put("Trainer", [data], [new("Model")]).outputs
    (other_model,) = put("Trainer", [other], [new("Model")]).outputs
    choice = (other_model, Event(type=EventType.INTERNAL_OUTPUT, path=("model", 0)))
    put("Resolver", [model, other_model], events=[choice])
    (pushed_model,) = put("Pusher", [other_model], [new("PushedModel")]).outputs
    assert ids(store.impact(data).reached) == [model.ref.short]
    assert ids(store.impact(other).reached) == [pushed_model.ref.short, other_model.ref.short]
    # What nobody made came from the resolver, for all that is known.
    third_model = store.artifacts.put(new("Model"))
    link = (third_model, Event(type=EventType.INTERNAL_OUTPUT, path=("model", 0)))
    put("Resolver", [model], events=[link])
    assert ids(store.impact(data).models) == [model.ref.short, third_model.ref.short]


def test_live_deployments_come_first_then_models_then_evaluations(store, put, artifact):
    data = artifact()
    (model,) = put("Trainer", [data], [new("Model", DELETED)]).outputs
    old_push, empty_push, there = put(
        "Pusher",
        [model],
        [
            new("PushedModel", DELETED),
            new("PushedModel", custom_properties={"pushed": 0}),
            new("PushedModel"),
        ],
    ).outputs
    (metrics,) = put("Check", [model], [new("Scores")], Scores=BaseType.METRICS).outputs
    impact = store.impact(data)
    assert ids(impact.reached) == [
        one.ref.short for one in (there, old_push, empty_push, model, metrics)
    ]
    assert [one.live for one in impact.reached] == [True, False, False, False, True]
    assert str(impact).splitlines()[0] == (
        f"Examples {data.ref.short} reached 3 deployments (1 live), 1 model (0 live),"
        " 1 evaluation (1 live)"
    )


def test_a_deploying_step_without_an_artifact_stands_for_itself(store, put, artifact):
    data = artifact()
    (model,) = put("Trainer", [data], [new("Model")]).outputs
    kind = {"Rollout": BaseType.DEPLOY, "Bench": BaseType.EVALUATE}
    rollout = put("Rollout", [model], **kind)
    put("Rollout", [model], state=FAILED, **kind)
    put("Rollout", [model], state=CACHED, **kind)
    bench = put("Bench", [model], [new("Sheet")], **kind)
    (pushed_model,) = put("Rollout", [model], [new("PushedModel")], **kind).outputs
    impact = store.impact(data)
    assert set(ids(impact.deployments)) == {rollout.execution.ref.short, pushed_model.ref.short}
    assert ids(impact.evaluations) == [bench.execution.ref.short]
    assert impact.evaluations[0].live


def test_what_replaced_a_deployment_was_not_reached(store, put, artifact):
    data = artifact()
    (bad,) = put("Trainer", [data], [new("Model")]).outputs
    (good,) = put("Trainer", [artifact()], [new("Model")]).outputs
    store.decisions.record(good, candidates=[bad, good], actor="ann")
    first = store.decisions.deploy(bad, "production", actor="ann").deployment
    beside = store.decisions.deploy(bad, "shadow", actor="bob").deployment
    deployment = store.decisions.deploy(bad, "test", actor="bob").deployment
    store.decisions.retire(deployment)
    assert store.impact(data).deployments[0].live
    store.decisions.deploy(good, "production")
    impact = store.impact(data)
    assert [(one.node.id, one.live, one.owners) for one in impact.deployments] == [
        (beside.id, True, ("bob",)),
        (first.id, False, ("ann",)),
        (deployment.id, False, ("bob",)),
    ]
    assert "  replaced or retired  " in str(impact)
    assert ids(impact.models) == [bad.ref.short]


def test_what_was_reached_is_told_by_owner_and_by_run(store, types, tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("1,2\n")
    bad = store.artifacts.put(Artifact(type="Examples", uri=str(tmp_path / "bad.csv")))
    runs = []
    for user in ("ann", "bob"):
        # USER need not be who runs the tests: what is captured comes from the environment.
        monkeypatch.setenv("USER", user)
        monkeypatch.setenv("LOGNAME", user)
        with store.run("iris", properties={"note": user}) as run:
            with run.execution("Trainer", inputs={"data": bad}) as step:
                step.output("model", tmp_path / user, type="Model")
        runs.append(store.contexts.get(run.context.id))
    impact = store.impact(bad)
    assert len(impact.models) == 2
    assert {owner for one in impact.models for owner in one.owners} == {
        run.properties["user"] for run in runs
    }
    by_context = impact.by_context()
    for run in runs:
        assert len(by_context[run.ref]) == 1
    (pipeline,) = store.contexts.parents(runs[0].id)
    assert len(by_context[pipeline.ref]) == 2
    assert " of " in str(impact) and " in iris " in str(impact)


def test_what_was_re_emitted_belongs_to_the_runs_of_all(store, put, artifact):
    store.types.put(ContextType(name="PipelineRun"))
    bad = artifact()

    def run(name, user):
        return Context(type="PipelineRun", name=name, custom_properties={"user": user})

    options = {"contexts": [run("1", "ann")]}
    (model,) = store.publish(
        Execution(type="Trainer", state=COMPLETE), [bad], [new("Model")], **options
    ).outputs
    store.publish(
        Execution(type="Trainer", state=CACHED), [bad], [model], contexts=[run("2", "bob")]
    )
    impact = store.impact(bad)
    assert [one.owners for one in impact.reached] == [("ann", "bob")]
    assert set(impact.by_owner()) == {"ann", "bob"}
    assert impact.to_dict()["owners"] == {"ann": [model.ref.short], "bob": [model.ref.short]}


def test_cycles_and_cached_self_loops_end(store, put, artifact):
    data = artifact()
    (model,) = put("Trainer", [data], [new("Model")]).outputs
    put("Trainer", [data, model], [model], state=CACHED)
    put("Trainer", [model], [data])
    assert ids(store.impact(data).reached) == [model.ref.short]
    assert store.impact(model).reached == ()  # itself is no news


def test_thirty_diamonds_are_one_walk(store, put, artifact):
    """2^30 paths."""
    here = data = artifact()
    for _ in range(30):
        (model,) = put("Trainer", [here], [new("Model")]).outputs
        put("Trainer", [here], [model])
        here = model
    impact = store.impact(data)
    assert len(impact.models) == 30
    assert len(impact.models[-1].path) == 61
    assert f"  by {data.ref.short} ... " in str(impact).splitlines()[-1]
    small_impact = store.impact(data, max_nodes=10)
    assert small_impact.truncated and 0 < len(small_impact.models) < 30
    assert "Cut off" in str(small_impact)


def test_what_cannot_be_asked_is_refused(store, put, artifact):
    data = artifact()
    with pytest.raises(NotFound, match="no artifact has id 99"):
        store.impact(99)
    assert store.impact(data).reached == ()
    step = put("Trainer", [data])
    assert store.impact(data.ref.short).artifact == data
    for wrong in (NodeRef("context", 1), step.execution.ref, step.execution, "e1", None, True):
        with pytest.raises(InvalidArgument, match=r"expected an artifact"):
            store.impact(wrong)
    with pytest.raises(InvalidArgument, match="has not been put"):
        store.impact(Artifact(type="Model"))
    with pytest.raises(InvalidArgument, match="max_nodes"):
        store.impact(data, max_nodes=0)


@pytest.mark.parametrize(
    ("type_", "role"),
    [
        (ArtifactType(name="Model"), Role.MODEL),
        (ArtifactType(name="Net", base_type=BaseType.MODEL), Role.MODEL),
        (ArtifactType(name="PushedModel", base_type=BaseType.MODEL), Role.DEPLOYMENT),
        (ArtifactType(name="system.Metrics"), Role.EVALUATION),
        (ArtifactType(name="Csv", base_type=BaseType.DATASET), Role.DATA),
        (ArtifactType(name="Schema"), None),
        (ArtifactType(name="Pusher"), None),
        (ExecutionType(name="tfx.components.pusher.component.Pusher"), Role.DEPLOYMENT),
        (ExecutionType(name="Roll", base_type=BaseType.DEPLOY), Role.DEPLOYMENT),
        (ContextType(name="Model"), None),
    ],
    ids=str,
)
def test_what_a_type_is_its_name_says_or_else_its_base(type_, role):
    assert role_of(type_) is role


def test_what_own_types_were_reached_is_always_said(store):
    with store.run("p", capture=()) as run:
        with run.execution("Prepare", inputs={"raw": Artifact(type="Raw", uri="s3://r")}) as one:
            one.output("features", Artifact(type="Features"))
        with run.execution("Learn", inputs={"x": one.outputs["features"][0]}) as two:
            two.output("net", Artifact(type="ChurnModel"))
            two.output("model", Artifact(type="Blob"))
        with run.execution("Judge", inputs={"m": two.outputs["net"][0]}) as three:
            three.output("r", Artifact(type="ChurnReport"))
        with run.execution("Tell", inputs={"r": three.outputs["r"][0]}):
            pass
    impact = store.impact(one.inputs["raw"][0])
    assert [(r.node.type, r.role, r.guessed) for r in impact.reached] == [
        ("ChurnModel", Role.MODEL, "name"),
        ("Blob", Role.MODEL, "role"),
        ("ChurnReport", Role.EVALUATION, "name"),
    ]
    assert sorted((o.kind, str(o)) for o in impact.others) == [
        ("artifact", "1 Features"),
        ("execution", "1 Tell"),
    ]
    for text in (str(impact), impact.to_html()):
        assert "(by its name)" in text and "(by its role)" in text
        assert "Features" in text and "Tell" in text
    document = impact.to_dict()
    assert [one["guessed"] for one in document["reached"]] == ["name", "role", "name"]
    assert {one["type"] for one in document["others"]} == {"Features", "Tell"}


def test_what_nobody_knows_is_counted_by_type(store, put, artifact):
    data = artifact()
    put("Prepare", [data], [new("Thing"), new("Thing"), new("Other")])
    impact = store.impact(data)
    assert str(impact).startswith(f"Examples a{data.id} reached 2 Thing, 1 Other: whether")
    assert not impact.reached and impact.to_dict()["others"][0]["count"] == 2
    assert "Thing" in impact.to_html()
