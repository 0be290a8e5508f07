"""Upstream means made from: who only passed something on is left out, unless asked for."""

import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    Event,
    EventType,
    Execution,
    ExecutionState,
    ExecutionType,
    Within,
)

COMPLETE, CACHED = ExecutionState.COMPLETE, ExecutionState.CACHED
CHOICE = Event(type=EventType.INTERNAL_OUTPUT, path=("model", 0))


@pytest.fixture
def step(store):
    """Publishes an execution; its state is COMPLETE."""
    for name in ("Raw", "Examples", "Model"):
        store.types.put(ArtifactType(name=name))
    for name in ("Ingest", "Train", "Resolver"):
        store.types.put(ExecutionType(name=name))

    def publish(type, inputs=(), outputs=(), state=COMPLETE, choices=()):
        return store.publish(
            Execution(type=type, state=state),
            inputs={f"input{i}": one for i, one in enumerate(inputs)},
            outputs={f"output{i}": one for i, one in enumerate(outputs)},
            events=[(one, CHOICE) for one in choices],
        )

    return publish


@pytest.fixture
def nights(store, step):
    """Raw data, what was ingested, a model; later nights took that from the cache, or chose it."""
    ingest = step("Ingest", [Artifact(type="Raw")], [Artifact(type="Examples")])
    raw, examples = ingest.inputs[0], ingest.outputs[0]
    train = step("Train", [examples], [Artifact(type="Model")])
    model = train.outputs[0]
    for _ in range(3):
        step("Ingest", [raw], [examples], CACHED)
        step("Train", [examples], [model], CACHED)
        step("Resolver", choices=[model, examples])
    return raw, examples, model, {ingest.execution.id, train.execution.id}


def ids(graph):
    return set(graph.artifacts), set(graph.executions)


@pytest.mark.parametrize("question", ["upstream", "downstream", "both", "connected"])
def test_lineage_is_who_made_what(store, nights, question):
    raw, examples, model, makers = nights
    start = {"upstream": model, "downstream": raw}.get(question, examples)
    ask = getattr(store.lineage, question)
    graph = ask(start)
    assert ids(graph) == ({raw.id, examples.id, model.id}, makers)
    assert not graph.truncated
    assert not ask(start, max_nodes=5).truncated  # who passed on takes nobody's place
    assert "2 executions" in graph.title
    every = ask(start, passed_on=True)
    assert set(every.executions) > makers


@pytest.mark.parametrize("question", ["upstream", "downstream", "connected"])
def test_every_form_of_a_question_agrees(store, nights, question):
    raw, _, model, _ = nights
    start = model if question == "upstream" else raw
    for passed_on in (False, True):
        graph = getattr(store.lineage, question)(start, passed_on=passed_on)
        answer = store.lineage.ids(question, start, passed_on=passed_on)
        assert (set(answer.artifacts), set(answer.executions)) == ids(graph)
        nodes = [one.node for one in store.lineage.stream(question, start, passed_on=passed_on)]
        assert {node.ref for node in nodes} == {node.ref for node in graph.nodes()}


def test_what_lies_between_is_who_made_it(store, nights):
    raw, examples, model, makers = nights
    assert ids(store.lineage.between(raw, model)) == ({raw.id, examples.id, model.id}, makers)
    assert set(store.lineage.between(raw, model, passed_on=True).executions) > makers


def test_a_cached_execution_was_given_its_inputs_and_made_nothing(store, step, nights):
    raw, examples, *_ = nights
    execution = step("Ingest", [raw], [examples], CACHED).execution
    assert ids(store.lineage.upstream(execution)) == ({raw.id}, {execution.id})
    assert ids(store.lineage.downstream(execution)) == (set(), {execution.id})
    assert examples.id in store.lineage.downstream(execution, passed_on=True).artifacts


def test_who_names_what_passes_on_asks_for_it(store, nights):
    _, _, model, makers = nights
    graph = store.lineage.upstream(model, within=Within(execution_states=[COMPLETE, CACHED]))
    assert set(graph.executions) > makers
    wide_graph = store.lineage.upstream(model, event_types=list(EventType)[1:])
    assert any(e.type == "Resolver" for e in wide_graph.executions.values())


def test_where_the_maker_is_not_known_the_trail_goes_on(store, step):
    """Of a history that was imported in part the runs before are not there."""
    raw = store.artifacts.put(Artifact(type="Raw"))
    first = step("Ingest", [raw], [Artifact(type="Examples")], CACHED)
    examples = first.outputs[0]
    step("Ingest", [raw], [examples], CACHED)
    second = step("Train", [examples], [Artifact(type="Model")], CACHED)
    model = second.outputs[0]
    step("Train", [examples], [model], CACHED)
    nodes = {raw.id, examples.id, model.id}, {first.execution.id, second.execution.id}
    for question, start in (
        ("upstream", model),
        ("downstream", raw),
        ("connected", examples),
        ("connected", model),
        ("connected", second.execution),
    ):
        graph = getattr(store.lineage, question)(start)
        assert ids(graph) == nodes
        answer = store.lineage.ids(question, start)
        assert (set(answer.artifacts), set(answer.executions)) == nodes
        each = list(store.lineage.stream(question, start))
        assert {one.node.ref for one in each} == {node.ref for node in graph.nodes()}
        assert len(each) == len(graph.nodes())
        assert {event for one in each for event in one.events} == set(graph.events)
    choice = store.artifacts.put(Artifact(type="Model"))
    resolver = step("Resolver", [raw], choices=[choice]).execution
    assert ids(store.lineage.upstream(choice)) == ({raw.id, choice.id}, {resolver.id})
    answer = {one.node.ref for one in store.lineage.stream("upstream", choice)}
    assert answer == {raw.ref, choice.ref, resolver.ref}
    assert choice.id in store.lineage.connected(raw).artifacts


def test_a_stream_goes_on_where_it_finds_that_the_maker_is_not_known(store, step):
    raw = store.artifacts.put(Artifact(type="Raw"))
    ingest = step("Ingest", [raw], [Artifact(type="Examples")])
    model = step("Train", ingest.outputs, [Artifact(type="Model")], CACHED).outputs[0]
    step("Train", [model], [Artifact(type="Model")])
    for question in ("downstream", "connected"):
        graph = getattr(store.lineage, question)(raw)
        each = list(store.lineage.stream(question, raw))
        assert {one.node.ref for one in each} == {node.ref for node in graph.nodes()}
        assert {event for one in each for event in one.events} == set(graph.events)
        assert len(each) == len(graph.nodes()) == 7
