"""Two ancestries side by side: what is the same, what is not, and where that began."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore import (
    Artifact,
    ArtifactType,
    Event,
    EventType,
    Execution,
    ExecutionState,
    ExecutionType,
    NodeRef,
)
from graphstore.errors import InvalidArgument, NotFound
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.recording.cache import identity
from tests.conftest import IRIS, examples

COMPLETE, CACHED = ExecutionState.COMPLETE, ExecutionState.CACHED


@pytest.fixture
def step(store, types):
    """A factory: an execution that is stored; answers what it made."""
    type_names = {"Trainer"}

    def step(
        type_, inputs=(), output="Model", state=COMPLETE, outputs=None, events=(), **properties
    ):
        if type_ not in type_names:
            type_names.add(type_)
            store.types.put(ExecutionType(name=type_))
        digest = properties.pop("digest", None)
        execution = Execution(type=type_, state=state, custom_properties=properties)
        outputs = [Artifact(type=output, digest=digest)] if outputs is None else outputs
        publication = store.publish(execution, inputs, outputs, events=events)
        return publication.outputs[0] if outputs else publication.execution

    return step


def lines_of(positions):
    """Positions as ``part a|b``."""
    return {
        f"{p.part} {'|'.join('-' if n is None else n.ref.short for n in (p.a, p.b))}"
        for p in positions
    }


def differences_of(position):
    return {str(difference) for difference in position.differences}


def test_two_models_of_a_real_history_differ_in_what_they_differ(store):
    import_mlmd(store, IRIS)
    answer = store.diff(45, 54)
    text = str(answer)
    assert "custom_config.learning_rate: was 0.02, is 0.001" in text
    assert "train_args.num_steps: was 200, is 2" in text
    assert "base_model (Model) a32 | a45 of Trainer e44 | e52: changed" in text
    assert "examples (Examples) a41 | a50 of Trainer e44 | e52: changed" in text
    assert "They first diverge at\n  CsvExampleGen e39 | e47: changed" in text
    assert lines_of(answer.first[:1]) == {"CsvExampleGen e39|e47"}
    # What came first in the longer chain of warm starts has no counterpart.
    assert {p.b.ref.short for p in answer.only_in_b} == {
        *("a5", "e6", "a1", "a3", "e1", "e4", "a2", "e3")
    }
    assert not answer.only_in_a and not answer.truncated
    assert answer.changed[2].path == ("Trainer", "base_model")
    back = store.diff(54, 45)
    assert len(back.only_in_a) == 8 and len(back.changed) == len(answer.changed)
    itself = store.diff(54, 54)
    assert (itself.changed, itself.only_in_a, itself.first) == ([], [], ())
    assert len(itself.same) == len(store.lineage.upstream(54).nodes())


def test_the_first_divergence_is_where_equal_inputs_gave_something_else(store, step, artifact):
    raw = artifact(digest="sha256:raw")
    clean = [step("Clean", {"raw": raw}, "Examples", rows=rows) for rows in (10, 20)]
    a, b = (step("Trainer", {"data": data}, rate=0.1) for data in clean)
    answer = store.diff(a, b)
    (first,) = answer.first
    assert (first.part, differences_of(first)) == ("Clean", {"parameter rows: was 10, is 20"})
    assert lines_of(answer.same) == {
        f"raw {raw.ref.short}|{raw.ref.short}",
        next(iter(lines_of([p for p in answer.same if p.part == "Trainer"]))),
    }
    assert first.path == ("Trainer", "data", "Clean")


def test_steps_that_did_the_same_and_made_something_else_diverge_there(store, step, artifact):
    raw = artifact()
    a, b = (step("Trainer", {"data": raw}, rate=0.1, digest=f"sha256:{n}") for n in (1, 2))
    answer = store.diff(a, b)
    assert answer.first == (answer.positions[0],)
    assert "digest: was sha256:1, is sha256:2" in str(answer)


def test_files_that_nobody_looked_at_are_not_taken_for_the_same(store, step):
    store.types.put(ArtifactType(name="Data"))
    data = [
        step("Gen", outputs=[Artifact(type="Data", uri=f"s3://data/{day}")], day=day)
        for day in (1, 2)
    ]
    a, b = (
        step("Trainer", {"data": artifact}, outputs=[Artifact(type="Model", uri="s3://models/1")])
        for artifact in data
    )
    answer = store.diff(a, b)
    assert differences_of(answer.positions[0]) == {f"artifact: was {a.ref.short}, is {b.ref.short}"}
    (first,) = answer.first
    assert (first.part, differences_of(first)) == ("Gen", {"parameter day: was 1, is 2"})


def test_what_came_out_the_same_hides_what_differs_behind_it(store, step, artifact):
    clean = [
        step("Clean", {"raw": artifact()}, "Examples", rows=n, digest="sha256:1") for n in (1, 2)
    ]
    a, b = (
        step("Trainer", {"data": data}, rate=rate)
        for data, rate in zip(clean, (0.1, 0.2), strict=True)
    )
    answer = store.diff(a, b)
    assert [p.part for p in answer.first] == ["Trainer"]
    assert [p.part for p in answer.changed] == ["", "Trainer", "Clean", "raw"]
    assert [p.status for p in answer.positions if p.part == "data"] == ["same"]


def test_a_step_that_only_one_has_is_where_they_diverge(store, step, artifact):
    raw = artifact()
    more = step("Augment", {"raw": raw}, "Examples")
    a = step("Trainer", {"data": raw})
    b = step("Trainer", {"data": raw, "extra": more})
    answer = store.diff(a, b)
    assert [(p.part, p.status) for p in answer.first] == [("Augment", "only in b")]
    assert [(p.part, p.status) for p in answer.only_in_b] == [
        ("extra", "only in b"),
        ("Augment", "only in b"),
    ]
    # The same thing in one more part is a difference, too.
    c = step("Trainer", {"data": raw, "test": raw})
    answer = store.diff(a, c)
    assert [(p.part, p.b, p.status) for p in answer.first] == [("test", raw, "only in b")]


def test_several_of_one_part_are_aligned_in_their_order(store, step, artifact):
    data = [artifact() for _ in range(4)]
    a = step("Trainer", {"data": [data[2], data[0], data[1]]})
    b = step("Trainer", {"data": [data[2], data[3]]})
    answer = store.diff(a, b)
    ids = [one.ref.short for one in data]
    assert lines_of(answer.positions[2:]) == {
        f"data {ids[2]}|{ids[2]}",
        f"data[1] {ids[0]}|{ids[3]}",
        f"data[2] {ids[1]}|-",
    }


def test_what_has_another_part_in_the_other_is_the_same_thing(store, step, artifact):
    raw = step("Gen", (), "Examples")
    a, b = step("Trainer", {"data": raw}), step("Trainer", {"table": raw})
    answer = store.diff(a, b)
    assert lines_of(answer.only_in_a) == {f"data {raw.ref.short}|-"}
    assert lines_of(answer.only_in_b) == {f"table -|{raw.ref.short}"}
    assert "Gen" in {p.part for p in answer.same}


def test_who_passed_something_on_is_seen_through(store, step, artifact):
    raw, other = artifact(), artifact()
    a, b = (step("Trainer", {"data": raw}, rate=rate) for rate in (0.1, 0.2))
    step("Trainer", {"data": other}, state=CACHED, outputs=[a])
    step(
        "Resolver",
        {"x": other},
        outputs=[],
        events=[(a, Event(type=EventType.INTERNAL_OUTPUT, path=("model", 0)))],
    )
    # A step that was skipped, and re-emitted the model that it was to start from.
    step("Trainer", {"data": raw, "base_model": a}, state=CACHED, outputs=[a])
    answer = store.diff(a, b)
    assert [p.part for p in answer.positions] == ["", "Trainer", "data"]
    assert [p.status for p in answer.positions] == ["changed", "changed", "same"]
    # Where nobody made it, who passed it on is all that is known; but not of itself.
    model = store.artifacts.put(Artifact(type="Model"))
    step("Trainer", {"base_model": model}, state=CACHED, outputs=[model])
    assert len(store.diff(model, b).only_in_a) == 0
    step("Trainer", {"data": raw}, state=CACHED, outputs=[model])
    assert [p.part for p in store.diff(model, b).positions] == ["", "Trainer", "data"]


def test_circles_made_by_hand_end(store, step, types):
    def circle():
        one = store.artifacts.put(Artifact(type="Model"))
        other = step("Trainer", {"data": one}, n=one.id)
        step("Trainer", {"data": other}, outputs=[one], n=other.id)
        return one

    a, b = circle(), circle()
    answer = store.diff(a, b)
    assert len(answer.changed) == 4
    assert answer.first
    assert store.diff(a, a).first == ()


def test_thirty_diamonds_are_walked_once(store, step, artifact):
    """2^30 positions if each way there made one."""

    def tower(**properties):
        here = step("Gen", (), "Examples", **properties)
        for _ in range(30):
            branch = step("Left", {"data": here}, "Examples")
            here = step("Both", {"one": branch, "two": here}, "Examples")
        return here

    a, b = tower(seed=1), tower(seed=2)
    answer = store.diff(a, b)
    assert len(answer.positions) < 16 * 200
    assert [p.part for p in answer.first] == ["Gen"]
    assert store.diff(a, b, max_nodes=20).truncated


@st.composite
def histories(draw):
    """Steps in order over one store: kinds, what they read by role, contents of what they made."""
    steps = []
    for number in range(draw(st.integers(2, 9))):
        reads = draw(
            st.dictionaries(st.sampled_from("pqr"), st.integers(0, number - 1), max_size=3)
            if number
            else st.just({})
        )
        steps.append((draw(st.sampled_from("XY")), reads, draw(st.integers(0, 4))))
    return steps, draw(st.integers(0, len(steps) - 1)), draw(st.integers(0, len(steps) - 1))


def reference(steps, a, b, artifacts, executions):
    """Aligned pairs, and what has no counterpart: reachability in the product of both graphs."""
    graph = nx.DiGraph()
    slots = {}
    for number, (type_, reads, _) in enumerate(steps):
        artifact, execution = artifacts[number].ref, executions[number].ref
        graph.add_edge(artifact, execution)
        slots[artifact] = {type_: execution}
        slots[execution] = {role: artifacts[source].ref for role, source in reads.items()}
        graph.add_edges_from((execution, other) for other in slots[execution].values())
    up = [nx.descendants(graph, artifacts[n].ref) | {artifacts[n].ref} for n in (a, b)]
    product = nx.DiGraph()
    for x in up[0]:
        for y in up[1]:
            product.add_node((x, y))
            for part in slots[x].keys() & slots[y].keys():
                product.add_edge((x, y), (slots[x][part], slots[y][part]))
    root = (artifacts[a].ref, artifacts[b].ref)
    pairs = nx.descendants(product, root) | {root}
    one, other = ({pair[side] for pair in pairs} for side in (0, 1))
    for node in (up[0] & up[1]) - one - other:
        pairs |= {(z, z) for z in nx.descendants(graph, node) | {node}}
    return pairs, up[0] - {x for x, _ in pairs}, up[1] - {y for _, y in pairs}


@examples(40)
@given(history=histories())
def test_random_histories_agree_with_a_reference(store, history):
    steps, a, b = history
    for name in "XY":
        store.types.put(ExecutionType(name=name))
    store.types.put(ArtifactType(name="Thing"))
    artifacts, executions = [], []
    for type_, reads, content in steps:
        publication = store.publish(
            Execution(type=type_, state=COMPLETE, custom_properties={"content": content % 2}),
            {role: artifacts[source] for role, source in reads.items()},
            [Artifact(type="Thing", digest=f"sha256:{content}")],
        )
        artifacts.append(publication.outputs[0])
        executions.append(publication.execution)
    answer = store.diff(artifacts[a], artifacts[b])
    pairs, only_a, only_b = reference(steps, a, b, artifacts, executions)
    positions = {(p.a.ref, p.b.ref): p for p in answer.positions if p.a and p.b}
    assert set(positions) == pairs
    sides = {x for x, _ in pairs}, {y for _, y in pairs}
    assert {p.a.ref for p in answer.only_in_a} - sides[0] == only_a
    assert {p.b.ref for p in answer.only_in_b} - sides[1] == only_b
    what = {node.ref: node for node in [*artifacts, *executions]}

    def same(x, y):
        if x.kind == "artifact":
            return identity(what[x]) == identity(what[y])
        return what[x].custom_properties == what[y].custom_properties

    for (x, y), position in positions.items():
        assert position.status == ("same" if same(x, y) else "changed")
    # The first divergence is there exactly if the two differ, and each of it is a difference.
    assert bool(answer.first) == (not same(artifacts[a].ref, artifacts[b].ref))
    assert all(p.status != "same" for p in answer.first)


def test_what_cannot_be_asked_is_refused(store, step, artifact):
    data = artifact()
    with pytest.raises(NotFound, match="no artifact has id 99"):
        store.diff(data, 99)
    with pytest.raises(InvalidArgument, match="expected an artifact; c1 is a context"):
        store.diff(data, NodeRef("context", 1))
    with pytest.raises(InvalidArgument, match="expected an artifact; e1 is an execution"):
        store.diff(step("Trainer", outputs=[]).ref, data)
    alone = store.diff(data, artifact())  # nobody made them
    assert [p.status for p in alone.positions] == ["changed"]
    assert "artifact: was a" in str(alone)


def test_an_answer_is_json(store, step, artifact):
    raw = artifact()
    a, b = (step("Trainer", {"data": raw}, rate=rate) for rate in (0.1, 0.2))
    answer = store.diff(a, b).to_dict()
    assert answer["positions"][1]["differences"] == [
        {"part": "parameter rate", "was": 0.1, "now": 0.2}
    ]
    assert answer["first"] == answer["positions"][1:2]
