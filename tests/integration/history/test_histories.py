"""Random histories of all kinds of writes: as of each moment the store says what it said then.

Beside the store a model keeps all that was ever asked for, as plain values.
"""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from graphstore import (
    Artifact,
    ArtifactType,
    At,
    Batch,
    Context,
    ContextType,
    Event,
    EventType,
    Execution,
    ExecutionType,
    PropertyKind,
    Store,
    ToPublish,
)
from graphstore.database import acting
from tests.conftest import empty, examples
from tests.integration.history.test_as_of import moment

VALUES = st.sampled_from([0, 1, -7]) | st.just(None)
STATES = st.sampled_from(["PENDING", "LIVE", "DELETED"])
ACTORS = st.sampled_from(["ann", "bob"])
TYPES = {"n": PropertyKind.INT}


def stands(node):
    """What of a node the model knows too."""
    state = getattr(node, "state", None)
    return {
        "n": node.properties.get("n"),
        "note": node.custom_properties.get("note"),
        "state": None if state is None else state.value,
        "uri": getattr(node, "uri", None),
        "name": node.name,
    }


class Histories(RuleBasedStateMachine):
    """Writes, and what was there after each."""

    database = None

    @initialize()
    def begin(self):
        empty(self.database)
        self.store = Store(self.database)
        self.store.types.put_many(
            [
                ArtifactType(name="A", properties=TYPES),
                ExecutionType(name="E", properties=TYPES),
                ContextType(name="C", properties=TYPES),
            ]
        )
        self.nodes = {"artifact": {}, "execution": {}, "context": {}}
        self.edges = set()
        self.declared = {name: dict(TYPES) for name in "AEC"}
        self.past = []
        self.number = 0

    def name(self):
        self.number += 1
        return f"name {self.number}"

    def new(self, kind, id_, **values):
        blank = {"n": None, "note": None, "state": None, "uri": None, "name": None}
        self.nodes[kind][id_] = {**blank, **values}

    def remember(self):
        then = moment(self.database)
        self.past.append((then, deepcopy(self.nodes), set(self.edges), deepcopy(self.declared)))

    @rule(n=VALUES, state=STATES, by=ACTORS)
    def put_new(self, n, state, by):
        properties = {} if n is None else {"n": n}
        with acting(by):
            one = self.store.artifacts.put(Artifact(type="A", state=state, properties=properties))
        self.new("artifact", one.id, n=n, state=state)
        self.remember()

    @precondition(lambda self: self.nodes["artifact"])
    @rule(data=st.data(), n=VALUES, uri=st.sampled_from([None, "a", "b"]), by=ACTORS)
    def put_again(self, data, n, uri, by):
        id_ = data.draw(st.sampled_from(sorted(self.nodes["artifact"])))
        one = self.store.artifacts.get(id_)
        with acting(by):
            self.store.artifacts.put(one.evolve(uri=uri, properties={} if n is None else {"n": n}))
        self.nodes["artifact"][id_] |= {"uri": uri, "n": n}
        self.remember()

    @precondition(lambda self: self.nodes["artifact"])
    @rule(data=st.data(), note=st.text(max_size=3))
    def put_one_property(self, data, note):
        id_ = data.draw(st.sampled_from(sorted(self.nodes["artifact"])))
        one = self.store.artifacts.get(id_).evolve(uri="not that", custom_properties={"note": note})
        self.store.artifacts.put(one, fields=["custom_properties.note"])
        self.nodes["artifact"][id_]["note"] = note
        self.remember()

    @rule(data=st.data(), n=VALUES, reads=st.booleans(), quick=st.booleans())
    def publish_new(self, data, n, reads, quick):
        known = sorted(self.nodes["artifact"])
        inputs = [data.draw(st.sampled_from(known))] if reads and known else []
        execution = Execution(type="E", state="RUNNING", properties={} if n is None else {"n": n})
        name = self.name()
        outputs, contexts = [Artifact(type="A")], [Context(type="C", name=name)]
        if quick:
            done = self.store.publish(execution, inputs, outputs, contexts)
            ids = done.execution.id, done.outputs[0].id, done.contexts[0].id
        else:
            (one,) = self.store.publish_many([ToPublish(execution, inputs, outputs, contexts)])
            ids = one.execution_id, one.output_ids[0], one.context_ids[0]
        self.new("execution", ids[0], n=n, state="RUNNING")
        self.new("artifact", ids[1])
        self.new("context", ids[2], name=name)
        self.edges |= {("OUTPUT", ids[1], ids[0]), *(("INPUT", i, ids[0]) for i in inputs)}
        self.remember()

    @precondition(lambda self: self.nodes["execution"])
    @rule(data=st.data(), n=VALUES, makes=st.booleans())
    def publish_known(self, data, n, makes):
        id_ = data.draw(st.sampled_from(sorted(self.nodes["execution"])))
        one = self.store.executions.get(id_).evolve(
            state="COMPLETE", properties={} if n is None else {"n": n}
        )
        done = self.store.publish(one, (), [Artifact(type="A")] if makes else [])
        self.nodes["execution"][id_] |= {"state": "COMPLETE", "n": n}
        for output in done.outputs:
            self.new("artifact", output.id)
            self.edges.add(("OUTPUT", output.id, id_))
        self.remember()

    @precondition(lambda self: self.nodes["artifact"] and self.nodes["execution"])
    @rule(data=st.data(), state=STATES)
    def put_batch(self, data, state):
        artifact = data.draw(st.sampled_from(sorted(self.nodes["artifact"])))
        execution = data.draw(st.sampled_from(sorted(self.nodes["execution"])))
        one = self.store.artifacts.get(artifact).evolve(state=state)
        event = Event(type=EventType.DECLARED_INPUT)
        put = self.store.put(
            Batch(
                artifacts=[one, Artifact(type="A", uri="new")],
                events=[(At(0), execution, event), (At(1), execution, event)],
            )
        )
        self.nodes["artifact"][artifact]["state"] = state
        self.new("artifact", put.artifact_ids[1], uri="new")
        self.edges |= {("DECLARED_INPUT", id_, execution) for id_ in put.artifact_ids}
        self.remember()

    @precondition(lambda self: self.nodes["context"])
    @rule(data=st.data(), n=VALUES)
    def rename_context(self, data, n):
        id_ = data.draw(st.sampled_from(sorted(self.nodes["context"])))
        name = self.name()
        one = self.store.contexts.get(id_)
        self.store.contexts.put(one.evolve(name=name, properties={} if n is None else {"n": n}))
        self.nodes["context"][id_] |= {"name": name, "n": n}
        self.remember()

    @rule(kind=st.sampled_from([*PropertyKind]))
    def let_a_type_grow(self, kind):
        name = self.name()
        self.store.types.put(ArtifactType(name="A", properties={name: kind}))
        self.declared["A"][name] = kind
        self.remember()

    @rule(data=st.data())
    def put_types(self, data):
        known = data.draw(st.sampled_from(["E", "F"]))
        name, other = self.name(), self.name()
        self.store.types.put_many(
            [
                ExecutionType(name=known, properties={name: PropertyKind.STRING}),
                ArtifactType(name=other),
            ]
        )
        self.declared.setdefault(known, {})[name] = PropertyKind.STRING
        self.declared[other] = {}
        self.remember()

    def teardown(self):
        for then, nodes, edges, declared in self.past if self.database else ():
            self.check(then, nodes, edges)
            types = [one for one in self.store.types.all(as_of=then) if one.id >= 10]
            assert {one.name: dict(one.properties) for one in types} == declared
            assert self.store.types.get_many([one.id for one in types], as_of=then) == types
            assert [self.store.types.get(one.kind, one.name, as_of=then) for one in types] == types

    def check(self, then, nodes, edges):
        """Compare all that can be asked as of a time with the model."""
        for kind in nodes:
            repository = getattr(self.store, f"{kind}s")
            listed = repository.list(as_of=then, limit=None)
            assert {one.id: stands(one) for one in listed} == nodes[kind]
            later = [id_ for id_ in self.nodes[kind] if id_ not in nodes[kind]]
            assert repository.get_many(later, missing_ok=True, as_of=then) == []
        live = self.store.artifacts.list(as_of=then, states=["LIVE"], limit=None)
        assert [one.id for one in live] == [
            id_ for id_, one in sorted(nodes["artifact"].items()) if one["state"] == "LIVE"
        ]
        found = set()
        for id_ in nodes["execution"]:
            graph = self.store.lineage.connected(f"e{id_}", max_hops=1, passed_on=True, as_of=then)
            found |= {(e.type.value, e.artifact_id, e.execution_id) for e in graph.events}
            assert all(stands(a) == nodes["artifact"][i] for i, a in graph.artifacts.items())
        assert found == edges


def run_machine(machine, number):
    """Run random steps of a machine, twenty an example."""
    case = machine.TestCase
    case.settings = settings(
        examples(number),
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()


@pytest.mark.slow
def test_as_of_each_moment_the_store_says_what_it_said_then(database):
    class Here(Histories):
        pass

    Here.database = database
    run_machine(Here, 8)
