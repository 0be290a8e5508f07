"""The questions to paste as of a time: what they answered then is what they answer for then."""

import re
from datetime import datetime, timezone

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
from graphstore.database.queries import QUERIES, folder
from graphstore.errors import Unimplemented
from tests.integration.history.test_as_of import EARLY, moment
from tests.integration.history.test_questions_then import Pipeline

FILES = [query for name, query in QUERIES.items() if name.startswith("questions.") and query.as_of]


class Told(Pipeline):
    """The same, whose people correct more: places, hosts, names, what a run belongs to."""

    def __init__(self, store, seed):
        super().__init__(store, seed)
        of_steps = dict.fromkeys(("host", "code_version", "actor"), "STRING")
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
        self.parts = set()

    def correct(self):
        chance, store, text = self.chance, self.store, f"{self.chance.randint(0, 99)}"
        what = chance.randint(0, 6)
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
        else:
            super().correct()

    def asked(self):
        """Of what each file can be asked now."""
        artifacts = [*self.models, *self.others, *self.datasets]
        for query in FILES:
            name = question(query.name).parameter
            if name is None:
                yield query, {}
                continue
            ids = {
                "artifact_id": artifacts,
                "execution_id": self.steps,
                "context_id": [one.id for one in self.runs],
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
    changed = 0
    for then, asked in answers:
        for query, given, expected in asked:
            assert answer(store, query, given, known_at=then) == expected, (query.name, given)
            assert answer(store, query, given, known_at=EARLY) == []
            changed += answer(store, query, given) != expected
    assert changed > 10  # else nothing would have been asked of the past


@pytest.mark.parametrize("query", FILES, ids=lambda query: query.name)
def test_a_time_is_filled_in(query, store, database):
    one = question(query.name)
    ids = ["1"] if one.of else []
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


def test_a_question_that_cannot_tell_what_was_says_so():
    others = [one for one in questions() if not one.query.as_of]
    assert "questions.can_it_be_skipped" in [one.query.name for one in others]
    for one in others:
        ids = {"two artifacts": ["1", "2"]}.get(one.of, ["1"] if one.of else [])
        with pytest.raises(Unimplemented, match=f"{one.name} cannot be asked as of a time"):
            one.text(ids, known_at=EARLY)
