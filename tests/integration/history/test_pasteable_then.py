"""The questions to paste as of a time: what they answered then is what they answer for then."""

import math
import re
from datetime import datetime, timezone
from time import sleep

import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    Batch,
    ContextType,
    Event,
    EventType,
    Execution,
    ExecutionType,
    ParentContext,
)
from graphstore.cli.browsing import address, question, questions
from graphstore.database.queries import QUERIES, Query, folder
from graphstore.errors import Unimplemented
from tests.integration.history.test_as_of import EARLY, moment
from tests.integration.history.test_questions_then import Pipeline

LATE = datetime(2040, 1, 1, tzinfo=timezone.utc)
FILES = [query for name, query in QUERIES.items() if name.startswith("questions.") and query.as_of]


class Told(Pipeline):
    """The same, whose people correct more: places, hosts, names, what a run belongs to."""

    def __init__(self, store, seed):
        super().__init__(store, seed)
        of_steps = {
            **dict.fromkeys(("host", "code_version", "actor"), "STRING"),
            **dict.fromkeys(("parameter_names", "parameter_digests", "told"), "STRUCT"),
            "rate": "DOUBLE",
        }
        of_runs = dict.fromkeys(("user", "git_commit", "status"), "STRING")
        store.types.put_many(
            [
                ArtifactType(name="Environment", properties={"python": "STRING"}),
                *(ExecutionType(name=n, properties=of_steps) for n in ("Load", "Train", "Push")),
                ContextType(name="PipelineRun", properties=of_runs),
            ]
        )
        self.environments = [
            store.artifacts.put(Artifact(type="Environment", properties={"python": version}))
            for version in ("3.12", "3.13")
        ]
        self.parts, self.decisions = set(), []

    def correct(self):
        chance, store, text = self.chance, self.store, f"{self.chance.randint(0, 99)}"
        what = chance.randint(0, 9)
        if what == 0:
            one = store.artifacts.get(chance.choice([*self.models, *self.others, *self.datasets]))
            change = chance.choice([{"uri": text}, {"uri": None}, {"digest": f"sha256:{text}"}])
            store.artifacts.put(one.evolve(**change))
        elif what == 1:
            one = store.executions.get(chance.choice(self.steps))
            said = chance.choice([{"host": text}, {"code_version": text, "actor": "zoe"}, {}])
            if one.type != "Evaluate":
                store.executions.put(one.evolve(properties=said))
        elif what == 2:
            one = store.contexts.get(chance.choice(self.runs).id)
            said = chance.choice([{"user": text, "git_commit": text}, {"status": "FAILED"}, {}])
            store.contexts.put(one.evolve(properties=said, name=f"{one.name} {text}"))
        elif what == 3:
            one = store.contexts.get(self.pipeline.id)
            store.contexts.put(one.evolve(name=f"churn {text}"))
        elif what == 4:
            run = chance.choice(self.runs)
            if run.id not in self.parts:
                self.parts.add(run.id)
                part = ParentContext(child_id=run.id, parent_id=self.pipeline.id)
                store.contexts.put_parents([part])
            one = store.artifacts.get(chance.choice(self.environments).id)
            store.artifacts.put(one.evolve(properties={"python": text}))
        elif what == 5:
            kind, some = chance.choice(
                [("INPUT", self.datasets), ("INPUT", self.environments), ("OUTPUT", self.models)]
            )
            if some:
                event = Event(type=EventType(kind))
                pair = (chance.choice(some), chance.choice(self.steps), event)
                store.put(Batch(events=[pair]))
        elif what == 6:
            one = store.executions.get(chance.choice(self.steps))
            if one.type not in ("Evaluate", "Deploy", "Retire", "Decision"):
                store.executions.put(one.evolve(**self.told_anew(one)))
        elif what == 7 and len(self.models) > 1:
            candidates = chance.sample(self.models, 2)
            decision = store.decisions.record(
                candidates[0], candidates=candidates, metric="accuracy", threshold=0.5, actor="ann"
            )
            self.decisions.append(decision.id)
        elif what == 8 and self.decisions:
            one = store.executions.get(chance.choice(self.decisions))
            said = chance.choice([{"reason": text}, {"threshold": 0.1}, {"actor": text}])
            store.executions.put(one.evolve(properties={**one.properties, **said}))
        else:
            super().correct()

    def told_anew(self, one):
        """What a step was told is corrected: other values, keys that come and go, and what says
        which of them are parameters."""
        chance = self.chance
        values = {"rate": chance.choice([0.1, 0.2, float("nan")]), "by": "zoe", "until": 3}
        values |= {"note": chance.choice(["[redacted]", "x"]), "module_file": "a.py"}
        custom = {key: value for key, value in values.items() if chance.random() < 0.5}
        texts = [{"a": 1, "b": [2]}, {"b": [2], "a": 1}, {"a": 2}]
        said = {
            "rate": chance.random(),
            "told": chance.choice(texts),
            "parameter_names": chance.sample(["rate", "by", "until", "told", "note"], 3),
            "parameter_digests": {"rate": f"sha256:{chance.randint(0, 2)}"},
        }
        properties = {key: value for key, value in said.items() if chance.random() < 0.5}
        return {"properties": properties, "custom_properties": custom}

    def asked(self):
        """Of what each file can be asked now."""
        artifacts = [*self.models, *self.others, *self.datasets]
        for query in FILES:
            name = question(query.name).parameter
            if name is None:
                more = {"type": "Model", "metric_keys": ["accuracy", "custom_accuracy"]}
                yield query, {key: more[key] for key in more if key in query.parameters}
                continue
            if name == "artifact_ids":
                for _ in range(3):
                    yield query, {name: self.chance.sample(artifacts, 2)}
                continue
            if name == "bad_ids":
                runs = self.chance.sample([one.id for one in self.runs], min(4, len(self.runs)))
                for bad in (1, 2):
                    yield query, {"bad_ids": runs[:bad], "good_ids": runs[bad:]}
                continue
            ids = {
                "artifact_id": artifacts,
                "execution_id": self.steps,
                "context_id": [one.id for one in [*self.runs, self.pipeline]],
            }[name]
            for id_ in self.chance.sample(ids, min(3, len(ids))):
                yield query, {name: id_}


def answer(store, query, given, **then):
    return sorted(map(repr, store.database.rows(query, **given, **then)))


@pytest.mark.parametrize("seed", range(3))
def test_what_was_answered_then_is_answered_for_then(store, database, seed):
    pipeline, answers = Told(store, seed), []
    for _ in range(4):
        pipeline.write()
    for _ in range(5):
        for _ in range(7):
            pipeline.write()
            if pipeline.models:
                pipeline.correct()
        asked = [(one, given, answer(store, one, given)) for one, given in pipeline.asked()]
        answers.append((moment(database), asked))
    changed = []
    for then, asked in answers:
        for query, given, expected in asked:
            assert answer(store, query, given, known_at=then) == expected, (query.name, given)
            assert answer(store, query, given, known_at=EARLY) == []
            now = answer(store, query, given)
            assert answer(store, query, given, known_at=LATE) == now, (query.name, given)
            if now != expected:
                changed.append(query.name)
    # Else nothing would have been asked of the past.
    assert len(changed) > 10 and len(set(changed)) > 13


@pytest.mark.parametrize("query", FILES, ids=lambda query: query.name)
def test_a_time_is_filled_in(query, store, database):
    one = question(query.name)
    ids = {"two artifacts": ["1", "2"]}.get(one.of, ["1"] if one.of else [])
    text, _ = one.text(ids, known_at=EARLY)
    code = re.sub("(?m)//.*$", "", text)
    assert "$" not in code and f"datetime('{EARLY.isoformat()}')" in code
    assert len(address(text)) < 16_000
    with database.driver.session(database=database.name) as session:
        assert session.run(text).data() == []
    assert "known_at" not in re.sub("(?m)^//.*$", "", one.text(ids)[0])


def test_a_deployment_that_is_planned_is_not_live_at_a_time_to_come(store, database):
    (model,) = store.publish(
        Execution(type=store.types.put(ExecutionType(name="Train")).name),
        outputs={"model": Artifact(type=store.types.put(ArtifactType(name="Model")).name)},
    ).outputs
    store.decisions.deploy(model, "eu", time=datetime(2039, 1, 1, tzinfo=timezone.utc))
    sample = "datetime('2040-01-01T00:00:00Z')"  # as params.cypher has it: the store as it is
    assert f":param known_at => {sample};" in (folder() / "params.cypher").read_text("utf-8")
    for name in ("what_is_in_production", "where_was_it_pushed", "what_did_it_reach"):
        query = QUERIES[f"questions.{name}"]
        given = {} if question(name).parameter is None else {"artifact_id": str(model.id)}
        texts = [query.pasted(given), query.pasted({**given, "known_at": sample})]
        with database.driver.session(database=database.name) as session:
            now, pasted = [session.run(text).data() for text in texts]
        assert now == pasted
        assert [row["live"] for row in now] == (["no: planned"] if given else [])


def test_of_what_was_logged_that_counts_which_was_by_then(store):
    with store.run("p", name="r") as run, run.execution("Train") as step:
        for loss in (0.5, math.nan, 0.25, 0.125):
            step.log(loss=loss)
            sleep(0.01)
        run.log(rounds=3)
    text = "MATCH (series:GraphstoreSeries {metric: 'loss'}) RETURN series.times AS times;"
    (row,) = store.database.rows(Query("test.times", f"// access: read\n{text}"))
    (pipeline,) = store.contexts.list(type="Pipeline")
    query = QUERIES["questions.how_did_the_runs_go"]
    told = []
    for millis in row["times"]:
        then = datetime.fromtimestamp(millis / 1000, timezone.utc)
        (one,) = store.database.rows(query, context_id=pipeline.id, known_at=then)
        told.append(one["metrics"])
        known = store.history("p", as_of=then).runs[0].metrics["loss"]
        assert told[-1][0].split()[1] == str(known).replace("nan", "NaN")
    assert told == [
        ["loss 0.5"],
        ["loss NaN (0.5..0.5, 2)"],
        ["loss 0.25 (0.25..0.5, 3)"],
        ["loss 0.125 (0.125..0.5, 4)"],
    ]
    (now,) = store.database.rows(query, context_id=pipeline.id)
    assert now["metrics"] == [*told[-1], "rounds 3.0"]


def test_a_model_that_was_deleted_since_is_shown_as_such(store, database):
    pipeline = Pipeline(store, 0)
    pipeline.load()
    pipeline.train()
    pipeline.train()
    first, second = pipeline.models
    for id_ in pipeline.models:
        store.artifacts.put(store.artifacts.get(id_).evolve(state="LIVE"))
    then = moment(database)
    given = {"type": "Model", "metric_keys": ["accuracy"]}
    query = QUERIES["questions.which_model_to_start_from"]
    before = answer(store, query, given)
    assert answer(store, query, given, known_at=then) == before
    store.delete(f"a{second}", reason="bad data")
    rows = store.database.rows(query, **given, known_at=then)
    assert [row["model"] for row in rows] == [f"a{second} Model", f"a{first} Model"]
    assert rows[0]["advice"] == ["not known: it was deleted since"]
    assert rows[1]["advice"][0] == "latest"
    (now,) = store.database.rows(query, **given)
    assert now["model"] == f"a{first} Model"


def test_a_question_that_cannot_tell_what_was_says_so():
    others = [one for one in questions() if not one.query.as_of]
    assert "browse.upstream" in [one.query.name for one in others]
    assert not [one for one in others if one.query.name.startswith("questions.")]
    for one in others:
        ids = {"two artifacts": ["1", "2"]}.get(one.of, ["1"] if one.of else [])
        with pytest.raises(Unimplemented, match=f"{one.name} cannot be asked as of a time"):
            one.text(ids, known_at=EARLY)
