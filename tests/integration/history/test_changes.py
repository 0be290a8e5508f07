"""What was changed, from what to what, by whom; and a feed of it that loses and repeats nothing."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from random import Random
from time import monotonic, sleep

import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    Batch,
    Context,
    Event,
    EventType,
    Execution,
    NodeRef,
    PropertyKind,
    Store,
    ToPublish,
)
from graphstore.database import acting
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition, InvalidArgument, NotFound
from graphstore.interop.mlmd_import import import_mlmd
from tests.integration.history.states import query
from tests.mlmd_files import history, write


def told(changes):
    return [(one.what, one.node.short, one.by) for one in changes]


def edges(changes):
    joined = [one for one in changes if one.other]
    return {(one.node.short, one.type, one.other.short, one.by, one.path) for one in joined}


def test_it_is_told_what_was_changed_from_what_to_what_and_by_whom(store, artifact):
    with acting("ann"):
        one = artifact(uri="a", properties={"int_value": 1, "string_value": "x"})
    with acting("bob"):
        one = store.artifacts.put(one.evolve(uri="b", properties={"int_value": 2}))
    with acting("eve"):
        store.artifacts.put(one.evolve(uri=None, custom_properties={"note": {"a": [1]}}))
    first, second, third = store.changes(of=one)
    assert told((first, second, third)) == [
        ("recorded", one.ref.short, "ann"),
        ("changed", one.ref.short, "bob"),
        ("changed", one.ref.short, "eve"),
    ]
    assert first.type == "Examples" and first.time == one.create_time
    assert second.values == {
        "uri": ("a", "b"),
        "properties.int_value": (1, 2),
        "properties.string_value": ("x", None),
    }
    assert third.values == {"uri": ("b", None), "custom_properties.note": (None, {"a": [1]})}
    assert first.time < second.time < third.time


def test_all_that_was_recorded_is_told_in_order(store, types):
    with acting("ann"):
        done = store.publish(
            Execution(type="Trainer"),
            [Artifact(type="Examples")],
            [Artifact(type="Model")],
            [Context(type="Pipeline", name="p")],
        )
    run, (data,), (model,) = done.execution, done.inputs, done.outputs
    (pipeline,) = done.contexts
    own = [one for one in store.changes() if one.by == "ann"]
    assert [one.node for one in own if one.what == "recorded"] == [
        pipeline.ref,
        *sorted([data.ref, model.ref]),
        run.ref,
    ]
    assert edges(own) == {
        (data.ref.short, "INPUT", run.ref.short, "ann", ()),
        (run.ref.short, "OUTPUT", model.ref.short, "ann", ()),
        (run.ref.short, "ASSOCIATED_WITH", pipeline.ref.short, "ann", ()),
        (data.ref.short, "ATTRIBUTED_TO", pipeline.ref.short, "ann", ()),
        (model.ref.short, "ATTRIBUTED_TO", pipeline.ref.short, "ann", ()),
    }
    assert len({one.time for one in own}) == 1
    assert edges(store.changes(of=pipeline)) == {e for e in edges(own) if e[2].startswith("c")}
    assert edges(store.changes(of=[data, run])) == {
        e for e in edges(own) if {e[0], e[2]} & {data.ref.short, run.ref.short}
    }


def test_edges_between_what_was_there_are_told_when_they_came(store, types):
    with acting("ann"):
        model = store.artifacts.put(Artifact(type="Model"))
        run = store.executions.put(Execution(type="Trainer"))
        above, below = (store.contexts.put(Context(type="Pipeline", name=n)) for n in "ab")
    with acting("bob"):
        event = Event(type=EventType.OUTPUT, path=("model", 0))
        parts = [(below, above)]
        store.put(Batch(events=[(model, run, event)], parents=parts, attributions=[(model, above)]))
    late = [one for one in store.changes() if one.other]
    assert edges(late) == {
        (run.ref.short, "OUTPUT", model.ref.short, "bob", ("model", 0)),
        (below.ref.short, "CHILD_OF", above.ref.short, "bob", ()),
        (model.ref.short, "ATTRIBUTED_TO", above.ref.short, "bob", ()),
    }
    assert all(one.time > above.create_time for one in late)
    assert [*store.changes(of=[model, run, above, below], by="bob")] == late


def test_types_are_told(store):
    with acting("ann"):
        type_ = store.types.put(ArtifactType(name="T", properties={"a": PropertyKind.INT}))
    with acting("bob"):
        store.types.put(ArtifactType(name="T", properties={"b": PropertyKind.INT}))
    one, other = store.changes(since=type_.create_time)
    assert (one.what, one.by, one.name, one.type) == ("recorded", "ann", "T", "artifact type")
    assert (other.what, other.by, other.node) == ("changed", "bob", NodeRef("type", type_.id))
    assert other.values["property_names"] == (["a"], ["a", "b"])


def test_times_and_names_choose(store, artifact):
    with acting("ann"):
        one = artifact(uri="a")
    two = store.artifacts.put(one.evolve(uri="b"))
    changed = store.changes(of=one)[1].time
    assert told(store.changes(of=one, until=changed)) == told(store.changes(of=one)[:1])
    assert told(store.changes(of=one, since=changed)) == told(store.changes(of=one)[1:])
    assert told(store.changes(of=two, by="ann")) == [("recorded", one.ref.short, "ann")]
    assert [one.by for one in store.changes(by="nobody")] == []


def test_what_cannot_be_asked_is_refused(store, artifact):
    with pytest.raises(NotFound, match="no artifact has id 999"):
        store.changes(of=999)
    with pytest.raises(InvalidArgument, match="time zone"):
        store.changes(since=datetime(2026, 1, 1))
    with pytest.raises(InvalidArgument, match="limit"):
        store.changes(limit=0)
    with pytest.raises(InvalidArgument, match="no feed to follow"):
        store.changes(descending=True, settled=True)
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
    with pytest.raises(FailedPrecondition, match="clock stands at"):
        store.changes(since=tomorrow, settled=True)


def test_answers_are_plain(store, artifact):
    pandas = pytest.importorskip("pandas")
    one = artifact(uri="a")
    store.artifacts.put(one.evolve(uri="b"))
    answer = store.changes(of=one)
    plain = answer.to_dict()
    assert plain["until"] is None
    assert plain["items"][1]["values"] == {"uri": ["a", "b"]}
    assert plain["items"][1]["node"] == one.ref.short
    frame = answer.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["what"]) == ["recorded", "changed"]


def test_what_is_imported_is_told_when_it_came(store, tmp_path):
    before = datetime.now(timezone.utc)
    with acting("ann"):
        import_mlmd(store, write(tmp_path / "one.db", history(3)))
    told_then = [one for one in store.changes(since=before - timedelta(seconds=1))]
    kinds = [one.node.kind for one in told_then if one.what == "recorded" and one.by == "ann"]
    assert (kinds.count("artifact"), kinds.count("execution"), kinds.count("context")) == (4, 3, 3)
    assert len([one for one in told_then if one.other]) == 6 + 3 + 3
    assert not any(one.estimated for one in told_then)
    assert [*store.changes(until=before - timedelta(days=30))] == []


def test_a_page_ends_between_moments(store, types):
    many = [ToPublish(Execution(type="Trainer"), (), [Artifact(type="Model")]) for _ in range(30)]
    list(store.publish_many(many, batch=10))
    whole, pages, since = store.changes(), [], None
    settle(store)
    while True:
        page = store.changes(since=since, limit=7, settled=True)
        if not page:
            break
        pages.append([*page])
        since = page.until
    assert [one for page in pages for one in page] == [*whole]
    for one, other in pairwise(pages):
        assert one[-1].time < other[0].time
    assert len(pages) > 3


def settle(store):
    """Wait until all that was written until now is told."""
    now = max(one.time for one in store.changes())
    end = monotonic() + 60
    while store.changes(since=now, settled=True).until <= now:
        assert monotonic() < end
        sleep(0.05)


@pytest.mark.parametrize("by", [None, "ann"])
def test_the_latest_first_is_all_the_other_way_round(store, types, by):
    for who in ("ann", "bob", "ann"):
        with acting(who):
            for _ in range(10):
                store.publish(Execution(type="Trainer"), outputs=[Artifact(type="Model")])
    whole = store.changes(by=by)
    assert len(whole) > (50 if by is None else 30)
    assert [*store.changes(by=by, descending=True)] == [*reversed(whole)]
    seen, until = [], None
    while page := store.changes(until=until, by=by, limit=7, descending=True):
        assert len(page) >= 7 or page[-1] == whole[0]
        seen += page
        until = page[-1].time
    assert seen == [*reversed(whole)]
    since = whole[20].time
    later = store.changes(since=since, by=by, descending=True)
    assert [*later] == [one for one in reversed(whole) if one.time >= since]
    assert store.changes(since=since, until=since, descending=True).items == ()


def test_the_latest_first_of_some_nodes(store, artifact):
    one = artifact(uri="a")
    for uri in "bcdef":
        one = store.artifacts.put(one.evolve(uri=uri))
    whole = store.changes(one)
    assert [*store.changes(one, descending=True)] == [*reversed(whole)]
    last = store.changes(one, limit=2, descending=True)
    assert [*last] == [*reversed(whole)][: len(last)] and len(last) >= 2


def test_what_is_under_way_holds_the_feed_up(store, types, server):
    other = Store(server.connect())
    with other.database.driver.session(database="neo4j") as session:
        transaction = session.begin_transaction()
        transaction.run("CREATE (n:Other)").consume()
        began = datetime.now(timezone.utc)
        store.artifacts.put(Artifact(type="Model"))
        sleep(1.2)
        page = store.changes(settled=True)
        assert page.until <= began
        assert not [one for one in page if one.node.kind == "artifact"]
        assert [one for one in store.changes() if one.node.kind == "artifact"]
        transaction.rollback()
    settle(store)
    assert [one for one in store.changes(since=page.until) if one.node.kind == "artifact"]
    other.close()


def test_one_that_only_reads_does_not_hold_it_up(store, types):
    for _ in range(3):
        store.artifacts.put(Artifact(type="Model"))
    stream = store.database.stream(QUERIES["artifact.get"], artifact_ids=[1, 2, 3])
    next(stream)
    settle(store)
    stream.close()


def test_the_feed_loses_and_repeats_nothing_while_others_write(store, types, database):
    """Writers begin in one order and commit in another; a reader goes on from page to page."""
    stop = threading.Event()

    def write(seed):
        random = Random(seed)
        own = Store(database)
        while not stop.is_set():

            def work(transaction):
                ids = own.ids.take({"artifact": 1})["artifact"]
                rows = [own.artifacts._rows.row(Artifact(type="Model"), ids[0])]
                sleep(random.random() * 0.3)
                transaction.rows(QUERIES["artifact.create"], artifacts=rows)
                sleep(random.random() * 0.3)
                return ids[0]

            id_ = database.transact("artifact.put", work)
            one = own.artifacts.get(id_)
            own.artifacts.put(one.evolve(uri=f"s3://{random.random()}"))

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    pages, since, end = [], None, monotonic() + 8
    try:
        while monotonic() < end:
            page = store.changes(since=since, settled=True, limit=20)
            pages += page
            since = page.until
            sleep(0.02)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    settle(store)
    while page := store.changes(since=since, settled=True):
        pages += page
        since = page.until
    assert pages == [*store.changes()]
    rows = query(database, "MATCH (n:Model) RETURN n.id AS id ORDER BY id")
    ids = [row["id"] for row in rows]
    recorded = [one.node for one in pages if one.what == "recorded"]
    assert sorted(node.id for node in recorded if node.kind == "artifact") == ids
    assert len(ids) > 20


def test_what_the_store_did_not_note_is_marked_as_an_estimate(store, types, database):
    one = store.publish(Execution(type="Trainer"), (), [Artifact(type="Model")]).execution
    query(database, "MATCH (m:GraphstoreMigration {version: 6}) SET m.was = m.applied")
    try:
        query(database, "MATCH (m:GraphstoreMigration {version: 6}) SET m.applied = datetime()")
        told_then = store.changes(of=one)
    finally:
        query(
            database,
            "MATCH (m:GraphstoreMigration {version: 6}) SET m.applied = m.was REMOVE m.was",
        )
    assert [(one.what, one.estimated) for one in told_then] == [
        ("recorded", False),
        ("joined", True),
    ]
