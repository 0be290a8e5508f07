"""Random graphs and deletions: lineage between what stays is what it was, whatever went."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

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
    Store,
)
from graphstore.deletion import Policy
from graphstore.errors import FailedPrecondition
from tests.conftest import empty, examples
from tests.integration.deletion.graphs import query

ARTIFACTS, EXECUTIONS, RUNS = 6, 5, 3
places = st.integers(0, ARTIFACTS - 1), st.integers(0, EXECUTIONS - 1)

graphs = st.fixed_dictionaries(
    {
        "events": st.sets(st.tuples(*places, st.booleans()), max_size=14),
        "states": st.lists(
            st.sampled_from(["COMPLETE", "FAILED", "CACHED", "RUNNING"]),
            min_size=EXECUTIONS,
            max_size=EXECUTIONS,
        ),
        "runs": st.lists(
            st.sets(st.integers(0, RUNS - 1), max_size=2), min_size=EXECUTIONS, max_size=EXECUTIONS
        ),
        "deployed": st.sets(places[0], max_size=1),
    }
)
subjects = st.sets(
    st.one_of(
        places[0].map(lambda place: ("artifact", place)),
        places[1].map(lambda place: ("execution", place)),
        st.integers(0, RUNS - 1).map(lambda place: ("context", place)),
    ),
    min_size=1,
    max_size=4,
)


def build(store, graph):
    """The graph, stored; the ids by kind."""
    store.types.put(ArtifactType(name="Model"))
    store.types.put(ExecutionType(name="Trainer"))
    store.types.put(ContextType(name="PipelineRun"))
    store.types.put(ContextType(name="Pipeline"))
    put = store.put(
        Batch(
            artifacts=[
                Artifact(type="Model", uri=f"s3://{n}", state="LIVE") for n in range(ARTIFACTS)
            ],
            executions=[Execution(type="Trainer", state=state) for state in graph["states"]],
            contexts=[
                *(Context(type="PipelineRun", name=f"run {n}") for n in range(RUNS)),
                Context(type="Pipeline", name="pipeline"),
            ],
            events=[
                (At(a), At(e), Event(type=EventType.OUTPUT if out else EventType.INPUT))
                for a, e, out in sorted(graph["events"])
            ],
            associations=[(At(e), At(run)) for e, runs in enumerate(graph["runs"]) for run in runs],
            parents=[(At(run), At(RUNS)) for run in range(RUNS)],
        )
    )
    for place in graph["deployed"]:
        store.decisions.deploy(put.artifact_ids[place], "production")
    return {
        "artifact": put.artifact_ids,
        "execution": put.execution_ids,
        "context": put.context_ids,
    }


def arrows(database):
    """What leads where, by events; nodes as texts like ``a1``."""
    text = (
        "MATCH (one:Artifact|Execution)-[:INPUT|OUTPUT]->(other:Artifact|Execution)"
        " RETURN [left(toLower(labels(one)[0]), 1) + one.id,"
        " left(toLower(labels(other)[0]), 1) + other.id]"
    )
    leads = defaultdict(set)
    for one, other in query(database, text):
        leads[one].add(other)
    return leads


def reachable(leads):
    """All pairs of which the one leads to the other."""
    pairs = set()
    for start in list(leads):
        stack, seen = list(leads[start]), set()
        while stack:
            here = stack.pop()
            if here not in seen:
                seen.add(here)
                stack.extend(leads.get(here, ()))
        pairs.update((start, one) for one in seen)
    return pairs


def alive(database):
    return set(
        query(
            database,
            "MATCH (n:Artifact|Execution) WHERE n._deleted IS NULL"
            " RETURN left(toLower(labels(n)[0]), 1) + n.id",
        )
    )


def there(database):
    return set(
        query(
            database,
            "MATCH (n:Artifact|Execution) RETURN left(toLower(labels(n)[0]), 1) + n.id",
        )
    )


def lineage(store, kept):
    """What the store answers, of each artifact that stays."""
    return {one: store.lineage.ids("upstream", one) for one in sorted(kept) if one.startswith("a")}


def stands(store):
    """What serves, and all that is upstream of it."""
    live = [one.artifact for one in store.production()]
    if not live:
        return set()
    ids = store.lineage.ids("upstream", live, passed_on=True)
    return {f"a{id_}" for id_ in ids.artifacts} | {f"e{id_}" for id_ in ids.executions}


@examples(40)
@given(graph=graphs, asked=subjects, purge=st.booleans(), force=st.booleans())
def test_lineage_between_what_stays_is_what_it_was(database, graph, asked, purge, force):
    empty(database)
    store = Store(database)
    ids = build(store, graph)
    before, served = reachable(arrows(database)), stands(store)
    names = [f"{kind[0]}{ids[kind][place]}" for kind, place in sorted(asked)]
    lineages = lineage(store, there(database))
    all_nodes = there(database)
    plan = store.delete(names, purge=purge, dry_run=True)
    assert there(database) == all_nodes == alive(database)
    try:
        report = store.delete(names, purge=purge, force=force)
    except FailedPrecondition:
        assert plan.hinders(force=force)
        assert alive(database) == all_nodes
        return
    assert not plan.hinders(force=force)
    assert sorted(report.nodes) == sorted(plan.nodes)
    kept = there(database)
    assert len(kept) == len(all_nodes) - sum(r.kind != "context" for r in report.nodes) * purge
    after = reachable(arrows(database))
    assert {pair for pair in before if set(pair) <= kept} == after
    # What stays has all of the lineage that it had.
    assert {one: ids for one, ids in lineages.items() if one in kept} == lineage(store, kept)
    if not force:
        assert served <= alive(database)


@examples(30)
@given(
    graph=graphs,
    keep_last=st.integers(0, RUNS),
    keep_deployed=st.booleans(),
    states=st.sampled_from(["", 'states = ["FAILED"]', 'states = ["COMPLETE", "CACHED"]']),
)
def test_no_policy_takes_what_serves(database, graph, keep_last, keep_deployed, states):
    empty(database)
    store = Store(database)
    build(store, graph)
    before, served = reachable(arrows(database)), stands(store)
    text = f'[pipeline."*"]\nkeep_last = {keep_last}\nkeep_deployed = {str(keep_deployed).lower()}'
    report = store.retain(Policy.parse(f"{text}\n{states}"))
    assert served <= alive(database)
    assert reachable(arrows(database)) == before
    going = {ref.id for one in report.pipelines for ref in one.goes}
    left = [one.id for one in store.contexts.list(type="PipelineRun")]
    assert len(left) == RUNS - len(going) and len(left) >= keep_last
    states = query(database, "MATCH (e:Execution) WHERE e.state = 'RUNNING' RETURN e.id")
    assert len(states) == graph["states"].count("RUNNING")
    again = store.retain(Policy.parse(text))
    assert served <= alive(database) and again is not None
