"""Questions as of a time: what was answered then is what is answered for then."""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Execution,
    ExecutionType,
    ParentContext,
)
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition, InvalidArgument, NotFound
from tests.integration.history.test_as_of import moment

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
STATES = ["LIVE", "LIVE", "PENDING", "ABANDONED"]
STEPS = ["COMPLETE", "COMPLETE", "CACHED", "RUNNING", "FAILED"]
FILTERS = [
    "type = 'Model' AND custom_properties.span.int_value > 1",
    "custom_properties.accuracy.int_value = 1 OR properties.accuracy.double_value < 0.5",
    "state = PENDING OR NOT (state = LIVE)",
    "uri LIKE '/serving/x/%' AND custom_properties.pushed.int_value IN (0, 1)",
    "contexts_run.name = 'run 0'",
    "contexts_a.type = 'PipelineRun' AND events_0.type = OUTPUT",
    "events_0.type = INPUT AND state = LIVE",
    "last_update_time_since_epoch > create_time_since_epoch",
    "uri = '' AND create_time_since_epoch > 0",
]
REFUSALS = (FailedPrecondition, InvalidArgument, NotFound)


class Pipeline:
    """Runs of a pipeline that train, evaluate, bless, push and deploy, and people who correct what
    was said of them."""

    def __init__(self, store, seed):
        self.store, self.chance = store, random.Random(seed)
        strings = {"pushed_destination": "STRING"}
        store.types.put_many(
            [
                *(ArtifactType(name=name) for name in ("Dataset", "Evaluation", "ModelBlessing")),
                ArtifactType(name="Model", properties={"accuracy": "DOUBLE"}),
                ArtifactType(name="PushedModel", properties=strings),
                *(ExecutionType(name=n) for n in ("Load", "Train", "Evaluate", "Push")),
                *(ContextType(name=name) for name in ("Pipeline", "PipelineRun")),
            ]
        )
        self.pipeline = store.contexts.put(Context(type="Pipeline", name="churn"))
        self.runs, self.datasets, self.models, self.others = [], [], [], []
        self.steps, self.clock = [], NOON

    def tick(self):
        self.clock += timedelta(minutes=self.chance.randint(1, 60))
        return self.clock

    def write(self):
        """Something random."""
        doings = [self.train, self.train, self.evaluate, self.push, self.deploy, self.correct]
        self.chance.choice([self.load, *doings] if self.datasets else [self.load])()

    def step(self, type_, inputs, outputs):
        """A step of a run, new or one of those that there are."""
        if not self.runs or self.chance.random() < 0.4:
            start = self.tick()
            self.runs.append(
                self.store.contexts.put(
                    Context(
                        type="PipelineRun",
                        name=f"run {len(self.runs)}",
                        start_time=start,
                        end_time=self.tick(),
                        custom_properties={"user": self.chance.choice(["ann", "bob"])},
                    )
                )
            )
        start = self.tick()
        done = self.store.publish(
            Execution(
                type=type_,
                state=self.chance.choice(STEPS),
                start_time=start,
                end_time=self.tick(),
                custom_properties={"rate": self.chance.random()},
            ),
            inputs=inputs,
            outputs=outputs,
            contexts=[self.pipeline, self.chance.choice(self.runs)],
        )
        self.steps.append(done.execution.id)
        return [one.id for one in done.outputs]

    def load(self):
        self.datasets += self.step("Load", {}, {"data": Artifact(type="Dataset", state="LIVE")})

    def train(self):
        model = Artifact(
            type="Model",
            state=self.chance.choice(STATES),
            properties={"accuracy": self.chance.random()} if self.chance.random() < 0.5 else {},
            custom_properties={"span": self.chance.randint(1, 4)},
        )
        inputs = {"data": self.chance.choice(self.datasets)}
        self.models += self.step("Train", inputs, {"model": model})

    def evaluate(self):
        if self.models:
            values = {"accuracy": self.chance.random(), "loss": float(self.chance.randint(0, 9))}
            found = Artifact(type="Evaluation", state="LIVE", custom_properties=values)
            blessed = {"blessed": self.chance.randint(0, 1)}
            blessing = Artifact(type="ModelBlessing", state="LIVE", custom_properties=blessed)
            inputs = {"model": self.chance.choice(self.models)}
            outputs = {"evaluation": found, "blessing": blessing}
            self.others += self.step("Evaluate", inputs, outputs)

    def push(self):
        if self.models:
            place = f"/serving/{self.chance.choice('xy')}/{len(self.others)}"
            said = {"pushed_destination": place} if self.chance.random() < 0.8 else {}
            pushed = Artifact(
                type="PushedModel",
                uri=place,
                state="LIVE",
                properties=said,
                custom_properties={"pushed": self.chance.randint(0, 1)},
            )
            inputs = {"model": self.chance.choice(self.models)}
            self.others += self.step("Push", inputs, {"pushed": pushed})

    def deploy(self):
        models = [one.id for one in self.store.artifacts.list(type="Model", states=["LIVE"])]
        if models:
            target, model = self.chance.choice(["eu", "us"]), self.chance.choice(models)
            if self.chance.random() < 0.7:
                self.store.decisions.deploy(model, target, actor="ann", time=self.tick())
            elif live := self.store.decisions.deployments(target=target, live=True):
                self.store.decisions.retire(live[0].deployment, time=self.tick())

    def correct(self):
        """Somebody changes what was said."""
        if self.chance.random() < 0.3:
            one = self.store.executions.get(self.chance.choice(self.steps))
            changes = {"state": self.chance.choice(STEPS), "end_time": self.tick()}
            self.store.executions.put(one.evolve(**changes))
            return
        if self.chance.random() < 0.2:
            run = self.store.contexts.get(self.chance.choice(self.runs).id)
            user = {"user": self.chance.choice(["ann", "eve"])}
            self.store.contexts.put(run.evolve(custom_properties=user, end_time=self.tick()))
            return
        one = self.store.artifacts.get(self.chance.choice([*self.models, *self.others, *[1]]))
        values = dict(one.custom_properties)
        for name in self.chance.sample(["accuracy", "blessed", "pushed", "span", "note"], 2):
            if name in values and self.chance.random() < 0.3:
                del values[name]
            else:
                values[name] = self.chance.randint(0, 3)
        properties = {} if self.chance.random() < 0.3 else one.properties
        if self.chance.random() < 0.3:
            self.store.artifacts.put(one.evolve(state=self.chance.choice(STATES)))
        else:
            self.store.artifacts.put(one.evolve(custom_properties=values, properties=properties))

    def events(self, call, *args, **options):
        return [(e.type, e.path, e.artifact_id, e.execution_id) for e in call(*args, **options)]

    def whole(self, **options):
        """All pages of a list."""
        page = self.store.artifacts.list(**options)
        items = list(page)
        while page.next_page:
            page = self.store.artifacts.list(after=page.next_page, **options)
            items += page
        return items

    def questions(self):
        """What can be asked now: what is called, and with what."""
        store, chance = self.store, self.chance
        context = self.chance.choice(self.runs)
        yield store.production, (), {}
        yield store.production, (), {"on": NOON + timedelta(hours=3)}
        yield store.decisions.deployments, (), {}
        yield store.history, (self.pipeline,), {"on": NOON + timedelta(days=30)}
        if len(self.runs) > 1:
            yield store.compare, [chance.sample(self.runs, 2)], {}
            yield store.compare, [chance.sample(self.runs, 2)], {"metric": "accuracy"}
        yield store.impact, (f"a{chance.choice(self.datasets)}",), {}
        for query in FILTERS:
            yield store.artifacts.list, (), {"filter": query}
        for query in ("last_known_state = CACHED", "contexts_c.name = 'run 1'"):
            yield store.executions.list, (), {"filter": query}
        for descending in (False, True):
            order = {"order_by": "last_update_time", "descending": descending}
            yield self.whole, (), {"limit": 3, **order}
            yield self.whole, (), {"limit": 2, "filter": "type = 'Model'", **order}
        yield self.events, (store.events.of_artifacts, chance.choice(self.datasets)), {}
        yield self.events, (store.events.of_executions, chance.choice(self.steps)), {}
        yield store.contexts.of_execution, (chance.choice(self.steps),), {}
        yield store.contexts.of_artifact, (chance.choice(self.datasets),), {}
        resolve = store.resolve
        for options in (
            {},
            {"context": self.pipeline},
            {"states": None},
            {"produced": True, "context": context},
            {"properties": {"span": 2}},
            {"producer": "Train"},
        ):
            yield resolve.latest, ("Model",), {"limit": 3, **options}
        yield resolve.latest, ("Model",), {"limit": 3, "order_by": "id"}
        yield resolve.latest_blessed, ("Model",), {"limit": 3}
        yield resolve.latest_pushed, ("Model",), {"limit": 3, "max_hops": 4}
        yield resolve.best, ("Model", "accuracy"), {"limit": 4}
        yield resolve.best, ("Model", "accuracy"), {"limit": 4, "of": "Evaluation"}
        yield resolve.latest_spans, ("Model",), {"limit": 2}
        yield resolve.span_range, ("Model",), {"start": 1, "end": 3}
        if self.models:
            model = chance.choice(self.models)
            yield store.explain, (model,), {}
            yield store.common_ancestors, ([model],), {}
            if len(self.models) > 1:
                some = chance.sample(self.models, 2)
                yield store.compare, (some,), {"metric": "accuracy"}
                yield store.diff, some, {}
        yield store.compare, ([f"e{one}" for one in chance.sample(self.steps, 2)],), {}


def answer(question, **then):
    call, args, options = question
    try:
        result = call(*args, **options, **then)
    except REFUSALS as error:
        return type(error)
    if isinstance(result, Sequence):
        return [getattr(one, "to_dict", lambda one=one: one)() for one in result]
    return result.to_dict()


@pytest.mark.parametrize("seed", range(4))
def test_what_was_answered_then_is_answered_for_then(store, database, seed):
    pipeline, answers = Pipeline(store, seed), []
    for _ in range(4):
        pipeline.write()
    for _ in range(6):
        for _ in range(6):
            pipeline.write()
        if len(pipeline.steps) > 1:
            asked = [(question, answer(question)) for question in pipeline.questions()]
            answers.append((moment(database), asked))
    assert len(answers) > 3
    for then, asked in answers:
        for question, expected in asked:
            call, *said = question
            assert answer(question, as_of=then) == expected, (call.__name__, said, then)


@pytest.mark.parametrize("later", [{"pushed": 0}, {"pushed_destination": "/serving/y/1"}])
def test_what_was_said_later_does_not_count(store, database, later):
    # Neo4j reads what a node says now where a map of it, `node {.*, key: null}`, says null.
    store.types.put_many(
        [
            *(ArtifactType(name=name) for name in ("Model", "PushedModel")),
            ExecutionType(name="Push"),
        ]
    )
    done = store.publish(
        Execution(type="Push", state="COMPLETE", start_time=NOON, end_time=NOON),
        inputs={"model": Artifact(type="Model", state="LIVE")},
        outputs={"pushed": Artifact(type="PushedModel", state="LIVE", uri="/serving/x/1")},
    )
    question = (store.production, (), {})
    then, before = moment(database), answer(question)
    assert [one["target"] for one in before] == ["/serving/x/1"]
    store.artifacts.put(done.outputs[0].evolve(custom_properties=later))
    assert answer(question, as_of=then) == before
    assert answer(question) != before


def test_contexts_are_part_of_what_they_were_part_of_then(store, database):
    store.types.put_many([ContextType(name="Pipeline"), ContextType(name="PipelineRun")])
    pipeline = store.contexts.put(Context(type="Pipeline", name="p"))
    run = store.contexts.put(Context(type="PipelineRun", name="r"))
    then = moment(database)
    store.contexts.put_parents([ParentContext(child_id=run.id, parent_id=pipeline.id)])
    run = store.contexts.put(run.evolve(custom_properties={"note": "later"}))
    assert store.contexts.children(pipeline) == [run]
    assert store.contexts.parents(run) == [pipeline]
    joined = moment(database)
    store.contexts.put(run.evolve(custom_properties={}))
    assert store.contexts.children(pipeline, as_of=joined) == [run]
    assert store.contexts.children(pipeline, as_of=then) == []
    assert store.contexts.parents_of([run, pipeline], as_of=then) == {}


def test_what_was_logged_is_what_was_logged_by_then(store, database):
    with store.run("p", name="r") as run, run.execution("Train") as step:
        step.log(loss=0.5, step=1)
        step.output("model", Artifact(type="Model", uri="s3://m"))
    then = moment(database)
    with store.run("p", name="r", resume=True) as run, run.execution("Train") as again:
        again.log(loss=0.1, step=2)
    assert store.history("p").runs[0].metrics["loss"] == 0.1
    assert store.history("p", as_of=then).runs[0].metrics["loss"] == 0.5
    model = store.artifacts.list(type="Model")[0]
    assert store.explain(model, as_of=then).curves["loss"].values == [0.5]
    with pytest.raises(NotFound):
        store.compare([step.ref, again.ref], metric="loss", as_of=then)


def test_what_was_deleted_since_is_told(store, database):
    pipeline = Pipeline(store, 0)
    pipeline.load()
    pipeline.train()
    pipeline.train()
    then = moment(database)
    first, second = pipeline.models
    now = store.resolve.latest("Model", limit=2, states=None)
    with pytest.warns(UserWarning) as none:
        store.artifacts.get(first)
        store.delete(f"a{first}", reason="bad data")
        before = store.resolve.latest("Model", limit=2, states=None, as_of=then)
    assert {one.id for one in now} == {first, second} and [one.id for one in before] == [second]
    (told,) = none
    assert f"such as a{first}: whether they came into question" in str(told.message)
    listed = store.artifacts.list(
        filter="type = 'Model' AND custom_properties.span.int_value < 0", as_of=then
    )
    assert [one.id for one in listed] == [first] and listed[0].deletion is not None
    assert not store.artifacts.list(filter="type = 'Dataset' AND id < 0", as_of=then)


def test_a_push_that_was_deleted_since_is_told_of(store, database):
    pipeline = Pipeline(store, 0)
    pipeline.load()
    pipeline.train()
    model, other = pipeline.models[0], store.artifacts.put(Artifact(type="Model")).id
    said = {"pushed_destination": "/serving/x/1"}
    pushed = Artifact(type="PushedModel", uri="/serving/x/1", state="LIVE", properties=said)
    (push,) = pipeline.step("Push", {"model": model}, {"pushed": pushed})
    (one,) = store.production()
    then, on = moment(database), one.since
    assert one.artifact.id == push and store.production(as_of=then) == [one]

    store.delete(f"a{push}", reason="moved", force=True)
    after = moment(database)
    query, impact = (
        QUERIES[f"questions.{n}"] for n in ("what_is_in_production", "what_did_it_reach")
    )
    where = QUERIES["questions.where_was_it_pushed"]
    unknown = "was deleted since: whether it put anything there nobody knows"
    told = f"such as a{push}: whether they put anything in production then nobody knows"
    for options in (
        {"as_of": then},
        {"on": on},
        {"on": on, "as_of": then},
        {"on": on, "as_of": after},
    ):
        with pytest.warns(UserWarning, match=told):
            assert store.production(**options) == []
        with pytest.warns(UserWarning, match=told):
            assert store.production(models=model, **options) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert store.production() == store.production(as_of=after) == []
        assert store.production(models=other, as_of=then) == []
        assert store.production(on=on - timedelta(days=1)) == []
        assert not any(row["where"] == unknown for row in database.rows(query))
        assert not any(row["where"] == unknown for row in database.rows(query, known_at=after))
    (row,) = database.rows(query, known_at=then)
    assert (row["where"], row["model"], row["push"], row["since"]) == (
        unknown,
        f"a{model} Model",
        f"a{push} PushedModel",
        None,
    )
    for question in (where, impact):
        said = [
            [
                row["live"]
                for row in database.rows(question, artifact_id=model, **time)
                if f"a{push} PushedModel" in row.values()
            ]
            for time in ({}, {"known_at": then}, {"known_at": after})
        ]
        gone = ["no: it was deleted"]
        assert said == [gone, ["not known: it was deleted since"], gone], question.name
    (reached,) = [one for one in store.impact(model).deployments if one.node.id == push]
    assert not reached.live


def test_a_deployment_that_is_planned_is_not_live_at_a_time_to_come(store, database):
    """What the store will say then nobody knows: a time that is yet to come is now."""
    type_ = store.types.put(ArtifactType(name="Model"))
    model = store.artifacts.put(Artifact(type=type_.name, state="LIVE"))
    soon = datetime.now(timezone.utc) + timedelta(days=1)
    store.decisions.deploy(model, "eu", actor="ann", time=soon)
    for as_of in (None, moment(database), soon + timedelta(days=1)):
        assert store.production(as_of=as_of) == []
        (one,) = store.decisions.deployments(as_of=as_of)
        assert one.planned and not one.live
        (reached,) = store.impact(model, as_of=as_of).deployments
        assert reached.planned and not reached.live
        (serves,) = store.production(on=soon, as_of=as_of)
        assert serves.model.id == model.id
        (push,) = store.explain(model, as_of=as_of).pushes
        assert not push.live and push.fate.startswith("planned")
