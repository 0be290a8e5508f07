"""Every question, asked wrongly, of nothing, of what goes on, of circles, and of very much."""

import math
import time

import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    Context,
    ContextType,
    Event,
    EventType,
    Execution,
    ExecutionState,
    NodeRef,
)
from graphstore.errors import InvalidArgument, NotFound
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS

# What each asks of one thing, beside what is known to be there.
QUESTIONS = {
    "explain": lambda store, one: store.explain(one),
    "compare": lambda store, one: store.compare(45, one),
    "compare by a metric": lambda store, one: store.compare(45, one, metric="accuracy"),
    "diff": lambda store, one: store.diff(45, one),
    "diff of the first": lambda store, one: store.diff(one, 45),
    "impact": lambda store, one: store.impact(one),
    "common_ancestors": lambda store, one: store.common_ancestors([one]),
    "common_ancestors of the good": lambda store, one: store.common_ancestors([45], [one]),
    "history": lambda store, one: store.history(one),
    "can_rerun": lambda store, one: store.can_rerun(one),
}
every_question = pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)


@pytest.fixture(scope="module")
def iris_database(database):
    """The history of TFX, imported once for all that only ask."""
    from graphstore import Store
    from tests.conftest import empty

    empty(database)
    store = Store(database)
    import_mlmd(store, IRIS)
    return store


@every_question
def test_ids_that_are_not_there(iris_database, ask):
    for one in (0, -1, 999, 2**53 + 1, 2**70):
        with pytest.raises((NotFound, InvalidArgument), match=str(one)):
            ask(iris_database, one)


@every_question
def test_what_is_no_node(iris_database, ask):
    for one in (None, True, 1.5, math.nan, b"a45", "", "x", "45a", "a" + "9" * 30):
        with pytest.raises((NotFound, InvalidArgument)) as excinfo:
            ask(iris_database, one)
        assert str(excinfo.value)
    with pytest.raises(InvalidArgument, match=r"has not been put|expected a context; "):
        ask(iris_database, Artifact(type="Model"))


@every_question
def test_what_is_of_another_kind(iris_database, ask):
    """Nothing may take a node for the one of the same number that is of another kind."""
    store = iris_database
    nodes = [store.artifacts.get(1), store.executions.get(1), store.contexts.get(1)]
    kinds = {
        name: {node.kind for node in nodes if _answers(store, question, node)}
        for name, question in QUESTIONS.items()
        if question is ask
    }
    ((name, argument),) = kinds.items()
    assert (
        argument
        == {
            "explain": {"artifact"},
            "compare": {"artifact"},
            "compare by a metric": {"artifact"},
            "diff": {"artifact"},
            "diff of the first": {"artifact"},
            "impact": {"artifact"},
            "common_ancestors": {"artifact", "execution", "context"},
            "common_ancestors of the good": {"artifact", "execution", "context"},
            "history": {"context"},
            "can_rerun": {"execution"},
        }[name]
    )


def _answers(store, ask, node):
    """Whether a node is taken, which must not depend on how it is named."""
    outcomes = set()
    for one in (node, node.ref, node.ref.short):
        try:
            ask(store, one)
            outcomes.add(True)
        except InvalidArgument:
            outcomes.add(False)
    assert len(outcomes) == 1
    return outcomes.pop()


@pytest.mark.parametrize("metric", [1, True, b"accuracy", ["accuracy"]])
def test_what_is_no_metric(iris_database, metric):
    for ask in (
        lambda: iris_database.compare(45, 54, metric=metric),
        lambda: iris_database.history("iris", metric=metric),
    ):
        with pytest.raises(InvalidArgument, match="metric"):
            ask()


@pytest.mark.parametrize("metric", ["", "Accuracy", "x" * 10_000, "`}) DETACH DELETE n //"])
def test_a_metric_that_nothing_has(iris_database, metric):
    for ask in (
        lambda: iris_database.compare(45, 54, metric=metric),
        lambda: iris_database.history("iris", metric=metric),
    ):
        with pytest.raises(InvalidArgument, match="there are accuracy, examples"):
            ask()


@pytest.mark.parametrize("bound", [0, -1, True, 1.5, None, "x"])
def test_what_is_no_bound(iris_database, bound):
    store = iris_database
    for name, ask in {
        "max_nodes": lambda: store.impact(1, max_nodes=bound),
        "max_nodes ": lambda: store.diff(45, 54, max_nodes=bound),
        "max_nodes  ": lambda: store.common_ancestors([45], max_nodes=bound),
        "limit": lambda: store.compare(45, 54, limit=bound),
        "limit ": lambda: store.history("iris", limit=bound),
    }.items():
        with pytest.raises(InvalidArgument, match=name.strip()):
            ask()


@pytest.mark.parametrize("as_of", ["2026-01-01", 5, False])
def test_what_is_no_time(iris_database, as_of):
    with pytest.raises(InvalidArgument, match="as_of"):
        iris_database.history("iris", as_of=as_of)


@every_question
def test_an_empty_store(store, ask):
    with pytest.raises(NotFound, match=r"no (artifact|execution|context) has id"):
        ask(store, 1)


def test_an_artifact_that_is_no_model(store):
    import_mlmd(store, IRIS)
    statistics = store.explain(2)
    assert statistics.model.type == "ExampleStatistics"
    assert (statistics.verdicts, statistics.pushes, statistics.base_models) == ([], [], [])
    assert "Passport of ExampleStatistics a2" in statistics.to_html()
    passport = store.explain(49)
    assert passport.maker.id == 46 and passport.base_models == []
    assert store.compare(2, 49).subjects
    assert store.diff(2, 49).first
    assert store.impact(49).reached == ()


def test_a_run_that_goes_on(store, types, tmp_path, monkeypatch):
    """Asked from within: nothing has ended, and what is made is not there yet."""
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    data = store.artifacts.put(Artifact(type="Examples", uri="s3://data"))
    with store.run("iris") as run, run.execution("Trainer", inputs={"data": data}) as step:
        running_execution = store.executions.get(step.execution.id)
        assert running_execution.state is ExecutionState.RUNNING
        promise = store.artifacts.put(Artifact(type="Model", state=ArtifactState.PENDING))
        store.events.put(
            [
                Event(
                    type=EventType.PENDING_OUTPUT,
                    artifact_id=promise.id,
                    execution_id=running_execution.id,
                    path=("model", 0),
                )
            ]
        )
        context = store.contexts.get(run.context.id)
        (past,) = store.history("iris").runs
        assert (past.outcome, past.ended) == ("RUNNING", None)
        with store.run("iris", "iris/other") as other, other.execution("Trainer"):
            pass
        comparison = store.compare(context, other.context)
        facts = {(fact.group, fact.name): fact.values for fact in comparison.facts}
        assert facts["about", "outcome"] == ("RUNNING", "COMPLETE")
        assert facts["time", "ended"][0] is None
        assert "it still runs" in str(store.can_rerun(running_execution))
        passport = store.explain(promise)
        assert "PENDING" in str(passport)
        impact = store.impact(data)
        assert [(one.node.id, one.live) for one in impact.models] == [(promise.id, False)]
        assert store.common_ancestors(context).bad == (context.ref,)
        assert store.diff(promise, data).positions
        for answer in (passport, comparison, impact, store.history("iris")):
            answer.to_html()


def test_circles_made_by_hand(store, types, database):
    """model -> Trainer -> model, and contexts that are their own parents."""
    for name in ("PipelineRun",):
        store.types.put(ContextType(name=name))
    pipeline, run, other = (
        store.contexts.put(Context(type=type_, name=name))
        for type_, name in (("Pipeline", "p"), ("PipelineRun", "r"), ("PipelineRun", "s"))
    )
    publications = [
        store.publish(
            Execution(type="Trainer", state=ExecutionState.COMPLETE),
            {"base_model": Artifact(type="Model")},
            {"model": Artifact(type="Model")},
            [context, pipeline],
        )
        for context in (run, other)
    ]
    with database.driver.session() as session:
        session.run(
            "MATCH (base:Artifact)-[:INPUT]->(trainer:Execution)-[:OUTPUT]->(model:Artifact)"
            " CREATE (model)-[:INPUT {path: ['base_model', '[1]']}]->(trainer)"
            " CREATE (trainer)-[:OUTPUT {path: ['model', '[1]']}]->(base)"
        ).consume()
        session.run(
            "MATCH (p:Context {name: 'p'}), (r:Context) WHERE r.name IN ['r', 's']"
            " CREATE (p)-[:CHILD_OF]->(r)-[:CHILD_OF]->(p)-[:CHILD_OF]->(p)"
        ).consume()
    models = [one.outputs[0] for one in publications]
    trainers = [one.execution for one in publications]
    passport = store.explain(models[0])
    assert passport.maker == trainers[0]
    assert [base.id for base in passport.base_models] == [publications[0].inputs[0].id]
    assert store.impact(models[0]).models
    assert store.diff(*models).first
    assert store.common_ancestors(models).suspects == ()
    assert store.compare(*models).facts and store.compare(*trainers).facts
    assert store.compare(run, other).facts
    assert [one.context.id for one in store.history(pipeline).runs] == [run.id, other.id]
    assert store.can_rerun(trainers[0]).findings
    for answer in (passport, store.impact(models[0]), store.diff(*models)):
        answer.to_html()


RUNS = 10_000


def test_ten_thousand_runs(store, types, database):
    """They are compared and told within bounds, and the answer says so."""
    store.types.put(ContextType(name="PipelineRun"))
    pipeline = store.contexts.put(Context(type="Pipeline", name="large"))
    first = store.contexts.put(Context(type="PipelineRun", name="0")).id
    trainer, model = types.trainer, types.model
    with database.driver.session() as session:
        session.run(
            "MATCH (p:Context {id: $pipeline})"
            " UNWIND range(0, $runs - 1) AS i"
            " MERGE (r:Context {id: $first + i})"
            " SET r:PipelineRun, r.type = 'PipelineRun', r.name = toString(i),"
            "   r.start_time = datetime('2026-01-01T00:00:00Z') + duration({minutes: i})"
            " CREATE (e:Execution:Trainer {id: $first + i, type: 'Trainer', type_id: $trainer,"
            "   state: 'COMPLETE', create_time: r.start_time, last_update_time: r.start_time})"
            " CREATE (m:Artifact:Model {id: $first + i, type: 'Model', type_id: $model,"
            "   create_time: r.start_time, custom_accuracy: toFloat(i) / $runs})"
            " CREATE (r)-[:CHILD_OF]->(p), (e)-[:ASSOCIATED_WITH]->(r),"
            "   (e)-[:OUTPUT {path: ['model', '[0]']}]->(m)",
            pipeline=pipeline.id,
            runs=RUNS,
            first=first,
            trainer=trainer.id,
            model=model.id,
        ).consume()
    runs = [NodeRef("context", first + i) for i in range(RUNS)]
    began = time.monotonic()
    comparison = store.compare(*runs, metric="accuracy")
    assert (comparison.asked, len(comparison.subjects), comparison.truncated) == (RUNS, 100, True)
    assert comparison.subjects[0].id == first + RUNS - 1  # the best
    assert "of 10000, the rest is left out" in str(comparison)
    assert "of 10000, the rest is left out" in comparison.to_html()
    least = store.compare(*runs, metric="accuracy", smallest=True, limit=2)
    assert [one.id for one in least.subjects] == [first, first + 1]
    some = store.history("large", metric="accuracy")
    assert (some.found, len(some.runs)) == (RUNS, 100)
    assert "the last 100 of 10000 runs" in str(some)
    # All of them, drawn: a page and a notebook show the newest, and count the rest.
    every = store.history("large", limit=RUNS, metric="accuracy")
    assert every.to_svg().count("<circle") == RUNS
    assert f"and {RUNS - 200} more" in every.to_html()
    seconds = time.monotonic() - began
    assert seconds < 120, f"{seconds:.0f} s"
