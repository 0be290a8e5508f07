"""The parameters of several plans store what the plans say, each thing once; who waits how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore.model.edges import EventType
from graphstore.storage.writing import group_commit
from graphstore.storage.writing.group_commit import LONGEST, PATIENCE, GroupCommit
from graphstore.storage.writing.quick import AsRead, NewEvent, Plan, parameters

LINKS = ("association_rows", "attribution_rows", "new_attribution_rows")
NEW_IDS = iter(range(100, 10**9))


@st.composite
def plans(draw):
    """What one thread wants stored, of ids and contexts that others name too."""
    artifact_ids = draw(st.lists(st.integers(1, 6), unique=True))
    context_ids = draw(st.lists(st.integers(1, 4), unique=True))
    artifacts = [{"id": next(NEW_IDS)} for _ in range(draw(st.integers(0, 3)))]
    executions = [{"id": next(NEW_IDS)} for _ in range(draw(st.integers(1, 2)))]
    contexts = [
        {"properties": {"type_id": draw(st.integers(1, 2)), "name": draw(NAMES)}}
        for _ in range(draw(st.integers(0, 3)))
    ]
    # The stored ones have the numbers below 0.
    members = range(-len(artifact_ids), len(artifacts))
    owners = range(-len(context_ids), len(contexts))

    def pairs(ends, others):
        if not ends or not others:
            return []
        pair = st.tuples(st.sampled_from(ends), st.sampled_from(others))
        return draw(st.lists(pair, max_size=4))

    def as_read(ids):
        places = [place for place in range(len(ids)) if draw(st.booleans())]
        return [AsRead(-1 - place, {"id": ids[place]}, []) for place in places]

    return Plan(
        artifacts,
        executions,
        contexts,
        artifact_ids,
        context_ids,
        [
            NewEvent(*pair, draw(TYPES), draw(PATHS), draw(TIMES), next(NEW_IDS))
            for pair in pairs(members, range(len(executions)))
        ],
        pairs(members, owners),
        pairs(range(len(executions)), owners),
        as_read(artifact_ids),
        as_read(context_ids),
    )


NAMES = st.sampled_from("abc")
TYPES = st.sampled_from([EventType.INPUT, EventType.OUTPUT, EventType.INTERNAL_OUTPUT])
PATHS = st.sampled_from([(), ("x",), ("x", 0), ("[0]",)])
TIMES = st.sampled_from([None, 5])
ENCODED = {(): [], ("x",): ["x"], ("x", 0): ["x", "[0]"], ("[0]",): ["\\[0]"]}


def edges_of(plan):
    """The edges that a plan asks for, by ids and names; of events that are one the first."""
    artifacts = [row["id"] for row in plan.artifacts] + plan.artifact_ids[::-1]
    executions = [row["id"] for row in plan.executions]
    contexts = plan.names + plan.context_ids[::-1]
    events = {}
    for artifact, execution, type_, path, time, ordinal in plan.events:
        key = type_.value, *ENCODED[path], artifacts[artifact], executions[execution]
        events.setdefault(key, (*key, ordinal, time))
    edges = set(events.values())
    for artifact, context in plan.attributions:
        name = "attribution_rows" if artifact < 0 else "new_attribution_rows"
        edges.add((name, contexts[context], artifacts[artifact]))
    for execution, context in plan.associations:
        edges.add(("association_rows", contexts[context], executions[execution]))
    return edges


def edges_in(whole):
    """The edges that parameters ask for, as above; a list, lest one that is twice hides."""
    artifacts = [*whole["artifact_ids"], *(row["id"] for row in whole["artifacts"])]
    executions = [row["id"] for row in whole["executions"]]
    contexts = [(row["type_id"], row["name"]) for row in whole["contexts"]]
    contexts += whole["context_ids"]
    edges = []
    for name in ("input_rows", "output_rows"):
        for type_, path, tails, ofs, ordinals, times in whole[name]:
            assert EventType(type_).is_input == (name == "input_rows")
            times = times or [None] * len(tails)
            edges += [
                (type_, *path, artifacts[tail], executions[of], ordinal, time)
                for tail, of, ordinal, time in zip(tails, ofs, ordinals, times, strict=True)
            ]
    for name in LINKS:
        rows = executions if name == "association_rows" else artifacts
        assert [place for place, _ in whole[name]] == sorted({place for place, _ in whole[name]})
        edges += [(name, contexts[place], rows[end]) for place, ends in whole[name] for end in ends]
    return edges


@given(st.lists(plans(), min_size=1, max_size=4))
def test_all_that_the_plans_say_and_nothing_twice(parts):
    whole = parameters(parts)
    for key, ids in (("artifacts_as_read", "artifact_ids"), ("contexts_as_read", "context_ids")):
        assert whole[ids] == sorted({id_ for part in parts for id_ in getattr(part, ids)})
        rows = whole.get(key, [])
        assert len(rows) == sum(len(getattr(part, key)) for part in parts)
        assert all(whole[ids][place] == properties["id"] for place, properties, _ in rows)
    keys = [(row["type_id"], row["name"]) for row in whole["contexts"]]
    assert keys == sorted({name for part in parts for name in part.names})
    for kind in ("artifacts", "executions"):
        assert whole[kind] == [row for part in parts for row in getattr(part, kind)]
    edges = edges_in(whole)
    assert len(edges) == len(set(edges))
    assert set(edges) == {edge for part in parts for edge in edges_of(part)}
    for name in LINKS[1:]:  # existing ones are looked for, new ones are not
        of = {edge[2] for edge in edges if edge[0] == name}
        assert of.isdisjoint(whole["artifact_ids"]) == (name == "new_attribution_rows" or not of)


@pytest.fixture
def waits(monkeypatch):
    """How long who comes now waits, after queries that took so many seconds."""
    monkeypatch.setattr(group_commit, "monotonic", lambda: 0.0)

    def waits(*seconds):
        group = GroupCommit(executor=None)
        for one in seconds:
            group._note(one)
        assert group._wait() == 0  # who is alone waits for nobody
        group._go()
        return group._wait()

    return waits


@pytest.mark.parametrize(
    ("seconds", "more"),
    [
        pytest.param([], 0, id="the first query"),
        pytest.param([0.05] * 9, 0, id="a slow network"),
        pytest.param([0.002, *[0.002] * 8, 60.0], 0, id="one that waited for a lock"),
        pytest.param([0.002, *[0.15] * 9], 0.148, id="a busy server"),
        pytest.param([0.002, *[0.15] * 9, *[0.002] * 9], 0, id="a server that was busy"),
        pytest.param([0.002, *[60.0] * 9], LONGEST, id="a server that hardly answers"),
    ],
)
def test_what_a_busy_server_takes_is_waited_for(waits, seconds, more):
    assert waits(*seconds) == pytest.approx(PATIENCE + more)
