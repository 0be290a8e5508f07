"""Walks as of a time: what was answered then is what is answered for then."""

from __future__ import annotations

import random

import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    At,
    Batch,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
    Within,
)
from tests.integration.history.test_as_of import moment

STATES = ["RUNNING", "COMPLETE", "CACHED", "CACHED", None]
WITHIN = {
    "all": None,
    "artifact states": Within(artifact_states=["LIVE"]),
    "execution states": Within(execution_states=["COMPLETE", "RUNNING"]),
    "all states": Within(execution_states=["CACHED"], artifact_states=["LIVE", "PENDING"]),
}


class History:
    """Random writes of all that a walk looks at."""

    def __init__(self, store, seed):
        self.store, self.chance = store, random.Random(seed)
        # One a history: each mixture of options is a query that Neo4j takes seconds to plan.
        self.passed_on = self.chance.random() < 0.5
        store.types.put_many(
            [
                *(ArtifactType(name=name) for name in "AB"),
                *(ExecutionType(name=name) for name in "EF"),
                ContextType(name="C"),
            ]
        )
        self.context = store.contexts.put(Context(type="C", name="c"))
        self.artifacts, self.executions = [], []

    def some(self, nodes, most):
        return self.chance.sample(nodes, min(len(nodes), self.chance.randint(0, most)))

    def write(self):
        """Something random: a step, a change of state, an event, a member."""
        what = self.chance.choice(["step", "step", "step", "state", "state", "event", "member"])
        if what == "step" or not self.executions:
            state = self.chance.choice(STATES)
            new = [
                Artifact(type=self.chance.choice("AB"), state=self.chance.choice(["LIVE", None]))
                for _ in range(self.chance.randint(0, 2))
            ]
            choices = [
                (one, Event(type="INTERNAL_OUTPUT", path=("choice", 0)))
                for one in self.some(self.artifacts, 1)
            ]
            done = self.store.publish(
                Execution(type=self.chance.choice("EF"), state=state),
                inputs={f"i{n}": one for n, one in enumerate(self.some(self.artifacts, 2))},
                outputs={f"o{n}": one for n, one in enumerate(new + self.some(self.artifacts, 1))},
                events=choices,
            )
            self.executions.append(done.execution.id)
            self.artifacts += [o.id for o in done.outputs if o.id not in self.artifacts]
        elif what == "state" and self.chance.random() < 0.5:
            one = self.store.executions.get(self.chance.choice(self.executions))
            self.store.executions.put(one.evolve(state=self.chance.choice(STATES)))
        elif what == "state" and self.artifacts:
            one = self.store.artifacts.get(self.chance.choice(self.artifacts))
            self.store.artifacts.put(one.evolve(state=self.chance.choice(["LIVE", "PENDING"])))
        elif what == "event" and self.artifacts:
            event = Event(type=self.chance.choice(["INPUT", "OUTPUT", "INTERNAL_OUTPUT"]))
            ends = self.chance.choice(self.artifacts), self.chance.choice(self.executions)
            artifact, execution = (f"{kind}{one}" for kind, one in zip("ae", ends, strict=True))
            self.store.put(Batch(events=[(artifact, execution, event)]))
        elif what == "member" and self.artifacts:
            self.store.put(
                Batch(
                    artifacts=[Artifact(type="A")],
                    attributions=[(one, self.context) for one in self.some(self.artifacts, 2)]
                    + [(At(0), self.context)],
                    associations=[(one, self.context) for one in self.some(self.executions, 2)],
                )
            )

    def questions(self):
        """What can be asked now, each as its options."""
        starts = [f"a{one}" for one in self.artifacts] + [f"e{one}" for one in self.executions]
        for start in self.chance.sample(starts, min(2, len(starts))):
            for direction in ("upstream", "downstream", "connected"):
                yield direction, start, self.passed_on

    def answer(self, question, within, **then):
        direction, start, passed_on = question
        options = {"passed_on": passed_on, "within": within, **then}
        ids = self.store.lineage.ids(direction, start, **options)
        graph = getattr(self.store.lineage, direction)(start, **options)
        nodes = [one.node for one in self.store.lineage.stream(direction, start, **options)]
        keys = {node.ref.short for node in nodes}
        assert keys == {f"a{id_}" for id_ in ids.artifacts} | {f"e{id_}" for id_ in ids.executions}
        assert keys == {node.ref.short for node in graph.nodes()}
        return keys, {*graph.events}, {node.ref.short: node.state for node in graph.nodes()}


@pytest.mark.parametrize("name", [*WITHIN, "members"])
def test_what_was_answered_then_is_answered_for_then(store, database, name):
    history, answers = History(store, seed=name), []
    within = Within(context=history.context) if name == "members" else WITHIN[name]
    for _ in range(6):
        for _ in range(5):
            history.write()
        asked = [(question, history.answer(question, within)) for question in history.questions()]
        answers.append((moment(database), asked))
    for then, asked in answers:
        for question, answer in asked:
            assert history.answer(question, within, as_of=then) == answer, (question, then)
