"""Runs a page at a time: what `history` and `compare` say of each, in every order, for little."""

import csv
import io
import json
import math
import random
from datetime import datetime, timedelta, timezone

import pytest

from graphstore import (
    Association,
    Context,
    ContextType,
    Execution,
    ExecutionState,
    ExecutionType,
    ParentContext,
)
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, NotFound
from graphstore.model.roles import RUN_TYPES
from graphstore.questions import runs as question
from graphstore.storage.lists import condition
from tests.integration.history.test_as_of import moment
from tests.integration.test_lineage import db_hits

SAME = (
    *("began", "ended", "seconds", "outcome", "steps", "cached", "failed"),
    *("metrics", "values", "gone"),
)


pytestmark = pytest.mark.usefixtures("own_folders")


@pytest.fixture
def ran(store):
    """A factory: a run with a step that was told something, and measured something."""

    def make(pipeline="p", metrics=None, parameters=None, **changes):
        with store.run(pipeline, capture=()) as run:
            with run.execution("Train", parameters=parameters or {}) as step:
                step.output("model", "s3://m", type="Model", properties=metrics or {})
        context = store.contexts.get(run.ref)
        return store.contexts.put(context.evolve(**changes)) if changes else context

    return make


@pytest.fixture
def many(store):
    """A factory: runs of a pipeline, a step each, in one batch; what the ids of the runs are."""
    store.types.put_many(
        [ContextType(name="Pipeline"), ContextType(name="PipelineRun"), ExecutionType(name="Step")]
    )

    def make(number, pipeline):
        parent = store.contexts.put(Context(type="Pipeline", name=pipeline))
        names = [f"{pipeline}/{at}" for at in range(number)]
        made = store.contexts.put_many([Context(type="PipelineRun", name=name) for name in names])
        steps = store.executions.put_many([Execution(type="Step") for _ in made])
        store.contexts.put_parents(
            [ParentContext(child_id=one.id, parent_id=parent.id) for one in made]
        )
        store.contexts.put_associations(
            [
                Association(execution_id=step.id, context_id=one.id)
                for step, one in zip(steps, made, strict=True)
            ]
        )
        return [one.id for one in made]

    return make


def ids(answer):
    return [run.context.id for run in answer]


def walk(store, *arguments, **options):
    """The ids of all runs, page by page."""
    found, after = [], None
    while True:
        page = store.runs(*arguments, after=after, **options)
        found += ids(page)
        if (after := page.next_page) is None:
            return found


def agree(store, pipeline, as_of=None):
    """All that is told of the runs is what `history` and `compare` tell."""
    now = datetime.now(timezone.utc) if as_of is None else None
    past = store.history(pipeline, as_of=as_of, on=now, limit=1000)
    listed = {run.context.id: run for run in store.runs(pipeline, limit=1000, as_of=as_of)}
    assert sorted(listed) == sorted(run.context.id for run in past.runs)
    for run in past.runs:
        other = listed[run.context.id]
        for name in SAME:
            if name == "seconds" and run.outcome == "RUNNING":
                continue  # until now, which was another moment
            assert repr(getattr(other, name)) == repr(getattr(run, name)), (run.context, name)
    if len(listed) > 1:
        order = sorted(listed)
        comparison = store.compare([f"c{id_}" for id_ in order], as_of=as_of)
        facts = {fact.name: fact.values for fact in comparison.facts if fact.group == "parameter"}
        names = {name for run in listed.values() for name in run.parameters}
        assert facts.keys() == names
        for name, values in facts.items():
            told = tuple(listed[id_].parameters.get(name) for id_ in order)
            assert repr(told) == repr(values)


def test_the_newest_first_with_what_is_known_of_each(iris):
    page = iris.runs("iris", limit=3)
    assert [run.context.ref.short for run in page] == ["c56", "c48", "c42"]
    assert [run.outcome for run in page] == ["COMPLETE", "COMPLETE", "FAILED"]
    assert [run.metrics.get("accuracy") for run in page] == [0.333333, 0.98, None]
    assert [run.parameters["Trainer.learning_rate"] for run in page] == [0.001, 0.02, 0.5]
    assert [[one.name for one in run.pipelines] for run in page] == [["iris"]] * 3
    assert walk(iris, "iris", limit=3) == walk(iris, limit=2) == [56, 48, 42, 34, 26, 18, 2]
    agree(iris, "iris")


@pytest.mark.parametrize("seed", range(3))
def test_random_histories_are_told_as_history_and_compare_tell_them(store, database, seed):
    chance = random.Random(seed)
    moments = []
    for number in range(9):
        with store.run(chance.choice(["p", "q"]), name=f"r{number}", capture=()) as run:
            for _ in range(chance.randrange(4)):
                told = {
                    name: chance.choice([1, 2.5, "x", [1]])
                    for name in "ab"
                    if chance.random() < 0.7
                }
                try:
                    with run.execution(chance.choice(["Train", "Check"]), parameters=told) as step:
                        for at in range(chance.randrange(4)):
                            step.log(loss=chance.choice([0.5, 0.25, math.nan, math.inf]), step=at)
                        if chance.random() < 0.6:
                            value = chance.choice([0.1, 0.9, math.nan])
                            kind = chance.choice(["Model", "Evaluation"])
                            step.output(
                                "model", "s3://m", type=kind, properties={"accuracy": value}
                            )
                        if chance.random() < 0.3:
                            raise OSError("disk full")
                except OSError:
                    pass
            if chance.random() < 0.4:
                run.log(loss=chance.random())
        if chance.random() < 0.3:
            step_ids = [one.id for one in store.executions.list(context=run.ref)]
            for id_ in step_ids[:1]:
                one = store.executions.get(id_)
                state = chance.choice(["CACHED", "RUNNING", "CANCELED"])
                store.executions.put(one.evolve(state=ExecutionState(state)))
        moments.append(moment(database))
    for pipeline in {one.name for one in store.contexts.list(type="Pipeline")}:
        agree(store, pipeline)
        first = store.history(pipeline).runs[0].context.create_time
        for then in moments[2::3]:
            if then > first:
                agree(store, pipeline, as_of=then)


def test_runs_of_a_pipeline_are_the_same_either_way(store, many, monkeypatch):
    """Looked at from the pipeline, and sought among the newest of all."""
    own = {name: many(5, name) for name in ("few", "other")}
    many(30, "crowd")
    # A run that belongs to a pipeline since a step of it does.
    step = store.executions.put(Execution(type="Step"))
    run = store.contexts.put(Context(type="PipelineRun", name="by its step"))
    few = store.contexts.get_by_name("Pipeline", "few")
    store.contexts.put_associations(
        [Association(execution_id=step.id, context_id=one.id) for one in (run, few)]
    )
    expected = sorted([*own["few"], run.id], reverse=True)
    asked = []
    real = question._way
    monkeypatch.setattr(question, "_way", lambda *all: asked.append(real(*all)) or asked[-1])
    for fewest, way in ((2_000, "of"), (-1, "among")):
        monkeypatch.setattr(question, "_FEW", fewest)
        if way == "among":
            monkeypatch.setattr(question, "_way", lambda *_: asked.append("among") or "among")
        assert walk(store, "few", limit=2) == walk(store, "few") == expected
        assert asked[-1] == way
        assert walk(store, "few", filter="name = 'few/3'") == [own["few"][3]]
        assert walk(store, "few", as_of=moment(store.database)) == expected


def test_a_page_looks_at_no_more_runs_than_it_has(store, many, database):
    """The same number of hits, whether there are few runs or many: of all, and of a pipeline."""
    paging, plans = question.Paging("create_time", True, 5, None, None), []

    def hits(name, **criteria):
        criteria = {"types": list(RUN_TYPES), "deleted_after": question._NEVER, **criteria}
        query, parameters = paging.query(QUERIES[name], criteria)
        text = query.with_parameters(parameters).text
        with database.driver.session() as session:
            plan = session.run(f"PROFILE {text}", parameters).consume().profile
        plans.append(plan["args"]["string-representation"])
        return db_hits(plan)

    many(50, "a")
    before = hits("context.runs")
    pipeline = many(500, "b") and store.contexts.get_by_name("Pipeline", "b")
    among = hits("context.runs_among", context_id=pipeline.id)
    many(50, "a2")
    store.contexts.put_many([Context(type="PipelineRun", name=f"x{at}") for at in range(2000)])
    assert hits("context.runs") <= before + 20, "\n".join(plans)
    assert among <= 6 * before, "\n".join(plans)


@pytest.mark.parametrize("way", ["itself", "neighbour"])
def test_runs_that_a_filter_names_are_come_to_by_what_it_names(store, many, database, way):
    """The index that gives the order would be gone through to the oldest run for them."""
    oldest, *_ = many(1000, "p")
    (step,) = store.executions.list(context=oldest)
    named = {
        "itself": f"id = {oldest}",
        "neighbour": f"executions_a.id = {step.id}",
    }[way]
    where = condition(database, "context", named, order_by="create_time")
    paging = question.Paging("create_time", True, 5, None, where)
    criteria = {"types": list(RUN_TYPES), "deleted_after": question._NEVER}
    pipeline = store.contexts.get_by_name("Pipeline", "p")
    for name, more in (("runs", {}), ("runs_among", {"context_id": pipeline.id})):
        query, parameters = paging.query(QUERIES[f"context.{name}"], {**criteria, **more})
        with database.driver.session() as session:
            text = "PROFILE " + query.with_parameters(parameters).text
            result = session.run(text, parameters)
            assert [row["id"] for row in result] == [oldest]
            plan = result.consume().profile
        assert db_hits(plan) < 300, plan["args"]["string-representation"]


def test_in_the_order_of_a_column_what_has_no_value_comes_last(store, ran):
    runs = [ran(metrics={"accuracy": value}) for value in (0.5, 0.9, math.nan, 0.7)]
    runs += [ran(), ran(parameters={"rate": 0.1, "name": "b"}), ran(parameters={"rate": 7})]
    by_accuracy = store.runs(order_by="metric.accuracy")
    assert ids(by_accuracy) == [runs[at].id for at in (1, 3, 0, 2, 6, 5, 4)]
    up = store.runs(order_by="metric.accuracy", descending=False)
    assert ids(up) == [runs[at].id for at in (0, 3, 1, 2, 6, 5, 4)]
    assert ids(store.runs(order_by="parameter.Train.rate"))[:2] == [runs[6].id, runs[5].id]
    assert ids(store.runs(order_by="began", descending=False)) == [run.id for run in runs]
    for order in ("metric.accuracy", "outcome", "seconds", "name", "parameter.Train.name"):
        assert walk(store, order_by=order, limit=2) == ids(store.runs(order_by=order))
    assert by_accuracy.among is None
    assert by_accuracy.title == "7 runs, by metric.accuracy"


def test_that_only_the_newest_were_sorted_is_said(store, ran, monkeypatch):
    monkeypatch.setattr(question, "AMONG", 3)
    best, *others = [ran(metrics={"accuracy": value}) for value in (0.9, 0.1, 0.3, 0.2)]
    page = store.runs(order_by="metric.accuracy", limit=2)
    assert (ids(page), page.among) == ([others[1].id, others[2].id], 3)
    assert page.title == "2 runs, by metric.accuracy, among the newest 3; there are more"
    assert best.id not in walk(store, order_by="metric.accuracy", limit=2)
    for _ in range(3):
        ran()
    with pytest.raises(InvalidArgument, match="is no more among the newest 3 runs"):
        store.runs(order_by="metric.accuracy", limit=2, after=page.next_page)


def test_pages_stay_put_while_others_write(store, ran):
    runs = [ran() for _ in range(4)]
    page = store.runs(limit=2)
    ran()
    assert ids(store.runs(limit=2, after=page.next_page)) == [runs[1].id, runs[0].id]


def test_a_run_that_was_deleted_is_listed_as_of_before(store, ran):
    kept, deleted = ran(), ran()
    before = moment(store.database)
    store.delete(deleted)
    assert ids(store.runs("p")) == ids(store.runs()) == [kept.id]
    assert ids(store.runs("p", as_of=before)) == [deleted.id, kept.id]


def test_of_a_moment_it_is_what_was_said_then(store, ran):
    first = ran(metrics={"accuracy": 0.5}, parameters={"rate": 1})
    before = moment(store.database)
    (model,) = store.lineage.run(first).of_type("Model")
    store.artifacts.put(model.evolve(custom_properties={"accuracy": 0.9}))
    ran()
    (then,) = store.runs("p", as_of=before)
    assert (then.context.id, then.metrics) == (first.id, {"accuracy": 0.5})
    assert store.runs("p")[1].metrics == {"accuracy": 0.9}
    assert ids(store.runs(as_of=before - timedelta(days=1))) == []


def test_the_page_in_other_forms(store, ran):
    ran(metrics={"accuracy": math.nan}, parameters={"rate": [1, 2]})
    ran(pipeline="q")
    page = store.runs()
    data = json.loads(json.dumps(page.to_dict(), allow_nan=False))
    assert [run["metrics"] for run in data["runs"]] == [{}, {"accuracy": "NaN"}]
    assert data["runs"][1]["parameters"] == {"Train.rate": [1, 2]}
    rows = list(csv.DictReader(io.StringIO(page.to_csv())))
    assert [row["metric.accuracy"] for row in rows] == ["", "NaN"]
    assert [row["parameter.Train.rate"] for row in rows] == ["", "[1, 2]"]
    assert list(page.to_pandas().index) == [run.context.ref.short for run in page]
    assert page._repr_mimebundle_()["text/html"].count("<tr>") == 3
    assert len(page) == len(list(page)) == len(page[:]) == 2


def test_an_empty_store_has_no_runs(store):
    assert str(store.runs()) == "0 runs, the newest first"
    assert store.runs(order_by="seconds").to_dict()["runs"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order_by": "accuracy"}, "order_by must be one of create_time, name, .* not 'accuracy'"),
        ({"order_by": "metric."}, "order_by must be one of"),
        ({"order_by": 3}, "order_by must be one of"),
        ({"descending": False}, "order_by='began' with descending=False"),
        ({"limit": 0}, "limit must be a whole number, 1 or more, not 0"),
        ({"limit": True}, "limit must be"),
        ({"after": "x"}, "'x' is no page token"),
        ({"after": "x", "order_by": "name"}, "'x' is no page token"),
        ({"filter": "name ="}, r"column \d+ of the filter"),
        ({"filter": "uri = 'x'"}, "column 1 of the filter"),
    ],
)
def test_what_is_not_valid_is_said(store, options, message):
    with pytest.raises(InvalidArgument, match=message):
        store.runs(**options)


def test_a_token_of_another_order_is_refused(store, ran):
    for _ in range(3):
        ran()
    by_name, newest = store.runs(order_by="name", limit=1), store.runs(limit=1)
    with pytest.raises(InvalidArgument, match="another order"):
        store.runs(order_by="seconds", limit=1, after=by_name.next_page)
    with pytest.raises(InvalidArgument, match="token"):
        store.runs(order_by="name", limit=1, after=newest.next_page)
    with pytest.raises(InvalidArgument, match="other conditions"):
        store.runs("p", limit=1, after=newest.next_page)


def test_a_pipeline_that_is_not_there_is_named(store, ran):
    run = ran()
    with pytest.raises(NotFound, match="there are 'p'"):
        store.runs("q")
    with pytest.raises(InvalidArgument, match="is a run"):
        store.runs(run)
