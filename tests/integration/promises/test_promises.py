"""Each promise, for every way to write an execution.

A way that does not make one, or makes it on terms, says so in its `terms`; what it does then is
held here, too.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from graphstore import Artifact, ContextType, Execution, Store
from graphstore.errors import StoreError
from graphstore.recording import channel
from tests.bolt_proxy import cluster
from tests.integration.promises.meanwhile import meanwhile
from tests.integration.promises.plans import (
    Plan,
    Thing,
    big,
    check_ids,
    node,
    order,
    read,
    rows_of,
)
from tests.integration.promises.ways import FAULTS, WAYS, PublishMany, artifact
from tests.wheel import need_ml_metadata

MISSING = Thing("thing://missing", "Examples", id=987654321)


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """No test spools into the user's folder; and a store that is away is asked again at once."""
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(channel, "RETRY_AFTER", 0.0)


@pytest.fixture(params=WAYS)
def way(request, store, types, tmp_path):
    """Each way, over an empty store."""
    if request.param.startswith("MLMD"):
        need_ml_metadata()
    store.types.put(ContextType(name="Experiment"))
    way = WAYS[request.param](store, tmp_path)
    yield way
    way.close()


@pytest.fixture
def inputs(way):
    """Two things that are stored, in no order of their ids."""
    return list(
        reversed(way.put_inputs([Thing(f"thing://in/{n}", "Examples", n + 10) for n in range(2)]))
    )


@contextmanager
def change(database):
    """The rows that come about within a block; none may go."""
    before, rows = read(database), Counter()
    yield rows
    rows.update(change_since(before, database))


def change_since(before, database):
    after = read(database)
    assert not before - after
    return after - before


def as_complete(rows):
    """Rows in which what goes on still counts as if it had come to its end."""
    return Counter(
        {
            tuple("COMPLETE" if one == "RUNNING" else one for one in row): n
            for row, n in rows.items()
        }
    )


def total(way, plans):
    """All rows that a way is to write for plans."""
    rows = rows_of(plans)
    besides = Counter()
    for plan in plans:
        besides |= way.besides(plan)
    return rows + besides


def refusal(way, *plans):
    """The words in which a way refuses plans; None if it does not."""
    try:
        way.write_all(plans)
    except way.refusals as error:
        return str(error)
    return None


def names(thing, words):
    """Whether words name what is stored by its id."""
    return re.search(rf"id {thing.id}\b", words) is not None


@contextmanager
def connection(server, *, patience=30.0):
    """A store over a way to the server on which things happen, and that way."""
    with cluster(server.uri, size=1) as one:
        at = type(server)(f"bolt://{one.members[0].address}", server.user, server.password)
        with Store(at.connect(max_transaction_retry_time=patience)) as through:
            yield through, one


def test_whole(way, inputs, database):
    plan = big("whole", inputs)
    with change(database) as rows:
        ids = way.write(plan)
    assert rows == total(way, [plan])
    assert not way.reports
    assert (ids is not None) == way.answers
    if ids:
        check_ids(database, plan, ids)
    # What is there already is joined.
    both = [plan, big("second", inputs[:1])]
    with change(database) as rows:
        way.write(both[1])
    assert rows == total(way, both) - total(way, both[:1])


def test_whole_though_it_breaks_off(way, inputs, server, store, database):
    """Before each of its commits in turn the server goes away for good."""
    first, halves, quiet = big("first", inputs), 0, True
    way.write(first)  # so the types are known, and contexts that every plan has are there
    for number in range(40):
        plan = big(f"broken {number}", inputs).evolve(contexts=(f"broken {number}",))
        every = total(way, [first, plan]) - total(way, [first])
        before = read(database)
        with connection(server, patience=0.0) as (through, one):
            way.over(through)
            for _ in range(number):
                one.when("COMMIT")
            one.when("COMMIT", lambda member: member.stop(), cut=True)
            with suppress(*way.refusals, StoreError):
                way.write(plan)
            quiet = one.quiet
        way.over(store)
        rows = as_complete(change_since(before, database))
        assert rows <= every
        halves += Counter() < rows < every
        if way.goes_on:
            way.finish()
            assert change_since(before, database) == every
        if not quiet:
            break
    assert not quiet
    assert rows == every
    assert (halves > 0) == ("whole" in way.terms)


def test_ordered(way, inputs, database):
    plan = way.sayable(big("ordered", inputs, with_ids=True))
    ids = way.write(plan)
    if way.answers:
        check_ids(database, plan, ids)
    new, uris = order(database, plan)
    assert new == sorted(new)
    assert uris == [thing.uri for thing in plan.things]


def test_once(way, inputs, database):
    plan = way.sayable(big("once", inputs, with_ids=True))
    with change(database) as rows:
        try:
            ids = way.write_again(plan)
        except way.refusals as error:
            assert way.once == "refused"
            assert plan.key in str(error)
        else:
            assert way.once == "the same"
            if way.answers:
                check_ids(database, plan, ids)
    assert rows == total(way, [plan])


def test_once_or_without_external_ids_twice(way, database):
    """Nothing tells a second request from one for another execution that did the same."""
    plan = big("twice")
    with change(database) as rows:
        with suppress(*(way.refusals if way.tells_requests else ())):
            way.write_again(plan)
    every = total(way, [plan])
    twice = Counter({row: 1 if row[0] == "Context" else 2 * n for row, n in every.items()})
    assert rows == (every if way.tells_requests else twice)


def test_once_is_said_of_records_and_not_of_steps(store, database):
    """What a step did in another run, with the same words, it has done twice."""
    for name in ("one run", "another"):
        with store.run("promises", name, capture=(), remote_timeout=0.0) as run:
            with run.execution("Trainer", parameters={"key": "same"}) as step:
                step.output("model", Artifact(type="Model", uri="thing://made"))
    rows = Counter(row[:3] for row in read(database).elements())
    assert rows["Execution", "Trainer", "same"] == rows["Artifact", "Model", "thing://made"] == 2


def test_retried(way, inputs, server, database):
    """The answer of each commit is lost, the first time."""
    plan = way.sayable(big("retried", inputs))
    with connection(server) as (through, one):
        way.over(through)
        for _ in range(100):
            one.when("COMMITTED", cut=True)
            one.when("COMMITTED")
        with change(database) as rows:
            ids = way.write(plan)
        assert len(one.bookmarks) >= 2  # of each commit there are two
        way.close()
    assert rows == total(way, [plan])
    if way.answers:
        check_ids(database, plan, ids)


def test_locked_out_by_an_input_that_is_missing(way, inputs, database):
    plan = big("missing", [inputs[0], MISSING, inputs[1]])
    way.write(big("first"))
    before = read(database)
    words = refusal(way, plan)
    assert (words is not None) == way.refuses("missing")
    assert names(MISSING, words or " ".join(way.reports))
    rest = total(way, [big("first")])
    assert change_since(before, database) == (way.remains(plan, "missing", MISSING) | rest) - rest


def test_locked_out_by_an_input_that_is_deleted_meanwhile(way, inputs, database):
    way.write(big("first"))
    victim = inputs[0]
    plan = big("deleted", [inputs[1], victim])
    before = read(database) - Counter([node(replace(victim, id=None))])
    statement = "MATCH (a:Artifact {id: $id}) DETACH DELETE a"
    with meanwhile(database, statement, id=victim.id) as work:
        answer = work(refusal, way, plan)
    words = answer.result()
    assert (words is not None) == way.refuses("missing")
    if words is not None:
        assert names(victim, words)
    else:
        assert any("missing" in report for report in way.reports)
    rest = total(way, [big("first")])
    remains = way.remains(plan, "missing", victim)
    assert change_since(before, database) == (remains | rest) - rest


def test_locked_while_an_input_is_changed(way, inputs, database):
    way.write(big("first"))
    theirs = replace(inputs[0], note="theirs", id=None)
    plan = big("changed", inputs)
    before = read(database) - Counter([node(replace(inputs[0], id=None))])
    statement = "MATCH (a:Artifact {id: $id}) SET a.custom_note = 'theirs'"
    with meanwhile(database, statement, id=inputs[0].id) as work:
        answer = work(way.write, plan)
    answer.result()
    both = total(way, [big("first"), plan]) - total(way, [big("first")])
    assert change_since(before, database) == both + Counter([node(theirs)])


def test_reused(way, store, database):
    old = [
        Thing("thing://old/0", "Examples", 1, "old", external_id="known/0"),
        Thing("thing://old/1", "Model", 2, "old", external_id="known/1"),
    ]
    ids = tuple(one.id for one in store.artifacts.put_many(map(artifact, old)))
    run = store.executions.put(
        Execution(type="Trainer", external_id="known", custom_properties={"key": "old"})
    )
    new = [replace(one, uri=f"thing://new/{n}", note="new") for n, one in enumerate(old)]
    plan = big("reused")
    plan = plan.evolve(
        reads=(new[0], *plan.reads),
        makes=(*plan.makes, new[1]),
        external_id="known" if "execution" in way.reuses else None,
    )
    before = read(database)
    words = refusal(way, plan)
    if not way.reuses:
        assert (words is not None) == way.refuses("external_id")
        assert "known/" in (words or " ".join(way.reports))
        assert change_since(before, database) == way.remains(plan, "external_id")
        return
    with database.driver.session() as session:
        edges = session.run(
            "MATCH (e:Execution {custom_key: 'reused'})--(a:Artifact)"
            " WHERE a.external_id STARTS WITH 'known' RETURN e.id, a.id ORDER BY a.id"
        ).values()
    assert tuple(id_ for _, id_ in edges) == ids
    rows = read(database)
    if "execution" in way.reuses:
        assert {id_ for id_, _ in edges} == {run.id}
    else:
        rows -= Counter({row: n for row, n in before.items() if row[0] == "Execution"})
    if not way.updates:
        plan = plan.evolve(reads=(old[0], *plan.reads[1:]), makes=(*plan.makes[:-1], old[1]))
    assert rows == total(way, [plan])


def tombstones(database):
    """What stands on what was deleted."""
    statement = "MATCH (n) WHERE n._deleted IS NOT NULL RETURN properties(n) ORDER BY elementId(n)"
    with database.driver.session() as session:
        return session.run(statement).value()


def test_deleted(way, inputs, store, database):
    plan = way.sayable(big("deleted", inputs, with_ids=True))

    def delete():
        new = [one for one in store.artifacts.list() if one.id not in {i.id for i in inputs}]
        (step,) = store.executions.list(type="Trainer")
        store.delete([step, *new], reason="a promise")
        gone.extend(tombstones(database))

    gone = []
    with suppress(*way.refusals):
        way.write_around(plan, delete)
    assert len(gone) == 1 + len(plan.things) - len(inputs)
    assert tombstones(database) == gone
    assert not [one for one in store.artifacts.list() if one.external_id in plan_ids(plan)]
    assert list(store.executions.list(type="Trainer")) == []


# A file of ML Metadata's has an external id once: an import brings no other.
@pytest.mark.parametrize("way", [name for name in WAYS if name != "import"], indirect=True)
def test_deleted_with_external_ids(way, inputs, store, database):
    """Another execution with the external ids of artifacts that were deleted."""
    plan = way.sayable(big("deleted", inputs, with_ids=True))
    way.write(plan)
    new = [one for one in store.artifacts.list() if one.external_id in plan_ids(plan)]
    store.delete(new)
    gone = tombstones(database)
    other = plan.evolve(key="another", external_id=None, contexts=("another",))
    words = refusal(way, other)
    assert tombstones(database) == gone
    kept = {one.custom_properties.get("requested_external_id") for one in store.artifacts.list()}
    if words is None:
        assert plan_ids(plan) <= kept
    else:
        assert kept == {None}
        assert "deleted" in words or "external id" in words or "external_id" in words


def plan_ids(plan):
    """The external ids of the things of a plan."""
    return {thing.external_id for thing in plan.things if thing.external_id}


@pytest.mark.parametrize("fault", FAULTS)
def test_refused(way, inputs, store, database, fault, caplog):
    store.artifacts.put(Artifact(type="Model", name="taken", uri="thing://taken"))
    plan = big("refused", inputs)
    *others, last = plan.makes
    bad = {
        "type": replace(last, type="Nothing", number=None),
        "value": replace(last, number="high"),
        "name": replace(last, name="taken"),
    }[fault]
    plan = plan.evolve(makes=(*others, bad))
    with change(database) as rows:
        words = refusal(way, plan)
    assert (words is not None) == way.refuses(fault)
    assert rows == way.remains(plan, fault)
    if not (fault == "type" and words is None):
        culprit = {"type": way.calls_nothing, "value": "int_value", "name": "taken"}[fault]
        assert culprit in (words or caplog.text + " ".join(way.reports))
    if fault == "value" and words is not None and way.names_things:
        assert bad.uri in words


def test_refused_among_others(way, inputs, store, database):
    """What was said before stays, and nothing after it is written."""
    store.artifacts.put(Artifact(type="Model", name="taken", uri="thing://taken"))
    before_it, plan, after_it = (
        big(key, inputs).evolve(contexts=(key,)) for key in ("before", "bad", "after")
    )
    *others, last = plan.makes
    plan = plan.evolve(makes=(*others, replace(last, name="taken")))
    with change(database) as rows:
        words = refusal(way, before_it, plan, after_it)
    rest = way.remains(plan, "name")
    if words is None:
        assert rows == total(way, [before_it, after_it]) | rest
    else:
        assert rows == total(way, [before_it]) | rest
        assert "number 1 of" in words or not isinstance(way, PublishMany)


def test_contended(way, inputs, database):
    threads, each = 8, 2
    plans = [
        [
            Plan(
                f"{thread}/{number}",
                (
                    *inputs[:: 1 if thread % 2 else -1],
                    Thing(f"thing://{thread}/{number}/read", "Examples", number),
                ),
                tuple(Thing(f"thing://{thread}/{number}/{n}", "Model", n) for n in range(2)),
                # Everybody's, in no order; none of them is there yet.
                tuple(f"hot {(thread + number + n) % 3}" for n in range(2)),
                thread,
            )
            for number in range(each)
        ]
        for thread in range(threads)
    ]
    flat = [plan for some in plans for plan in some]
    with change(database) as rows:
        answers = way.write_at_once(plans)
    assert rows == total(way, flat)
    assert not way.reports
    for plan, ids in zip(flat, answers, strict=True):
        if way.answers:
            check_ids(database, plan, ids)
        new, uris = order(database, plan)
        assert new == sorted(new)
        assert uris == [thing.uri for thing in plan.things]
