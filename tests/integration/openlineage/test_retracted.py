"""Events that were taken back: in the feed, in archives, under seals, and in erasures."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from graphstore import Artifact, Execution, Store
from graphstore.database import acting
from graphstore.database.queries import QUERIES
from graphstore.interop.archive import export_archive, import_archive
from graphstore.model.types import ArtifactType
from graphstore.proof.keys import Key, make_key
from graphstore.proof.report import RecordsReport
from tests.conftest import empty
from tests.integration.archive.contents import contents, differences
from tests.integration.history.test_as_of import moment
from tests.integration.openlineage.events import event, random_events
from tests.integration.openlineage.test_events import run, take, versions
from tests.integration.proof.conftest import run as query
from tests.integration.proof.conftest import settle, verify


@pytest.fixture
def key(tmp_path: Path) -> Key:
    return make_key(tmp_path / "keys" / "seals.json")


@pytest.fixture
def history(store: Store) -> SimpleNamespace:
    """Run 2 read what run 1 wrote, as it seems; `retract` tells of run 3, which wrote later."""
    with acting("ann"):
        take(store, event("COMPLETE", 1, 1, outputs=["a"]))
        take(store, event("COMPLETE", 20, 2, inputs=["a"], outputs=["b"]))
    (version,), reader = versions(store, "a"), run(store, 2)

    def retract() -> datetime:
        settle(store)
        with acting("bob"):
            take(store, event("COMPLETE", 10, 3, outputs=["a"]))
        (change,) = [one for one in store.changes() if one.what == "retracted"]
        return change.time

    return SimpleNamespace(version=version.ref.short, reader=reader.ref.short, retract=retract)


def told(store: Store, what: str, **options: Any) -> list[Any]:
    return [
        (one.node.short, one.type, one.other.short, one.by, one.path)
        for one in store.changes(**options)
        if one.what == what and one.other is not None and one.type == "INPUT"
    ]


def test_the_feed_tells_of_it_and_goes_on_telling_that_it_was_there(
    store: Store, history: SimpleNamespace
) -> None:
    settle(store)
    before = store.changes(settled=True)
    (joined,) = told(store, "joined")
    assert joined[:4] == (history.version, "INPUT", history.reader, "ann")
    time = history.retract()
    # What was told for good is told the same way again.
    assert list(store.changes(until=before.until)) == list(before)
    assert before.until is not None and time > before.until
    retracted = (*joined[:3], "bob", joined[4])
    for of in (None, history.version, history.reader):
        assert told(store, "retracted", of=of) == [retracted]
        assert joined in told(store, "joined", of=of)
    (other,) = versions(store, "b")
    assert told(store, "retracted", of=other) == []
    assert told(store, "retracted", since=before.until, limit=1) == [retracted]
    assert "retracted" in [one["what"] for one in store.changes().to_dict()["items"]]


def test_an_archive_has_it(store: Store, history: SimpleNamespace, tmp_path: Path) -> None:
    history.retract()
    before, changes = contents(store.database), list(store.changes())
    export_archive(store, tmp_path / "a.zip")
    empty(store.database)
    other = Store(store.database)
    for _ in range(2):
        report = import_archive(other, tmp_path / "a.zip")
        assert report.agrees and report.problems == []
        if report.exact:
            assert differences(before, contents(other.database)) == []
        assert list(other.changes()) == changes


def test_an_archive_as_of_before_has_the_event(
    store: Store, history: SimpleNamespace, tmp_path: Path
) -> None:
    settle(store)
    then = store.changes()[-1].time
    (made,) = versions(store, "b")
    history.retract()
    settle(store)
    export_archive(store, tmp_path / "then.zip", as_of=then)
    empty(store.database)
    other = Store(store.database)
    import_archive(other, tmp_path / "then.zip")
    above = other.lineage.upstream(made.ref).artifacts.values()
    assert history.version in [one.ref.short for one in above]
    assert told(other, "retracted") == []
    assert query(other.database, "MATCH ()-[e]->() WHERE e._until IS NOT NULL RETURN e") == []


def test_a_merge_says_that_it_stays_here(
    store: Store, history: SimpleNamespace, tmp_path: Path
) -> None:
    export_archive(store, tmp_path / "before.zip")
    history.retract()
    export_archive(store, tmp_path / "after.zip")
    empty(store.database)
    other = Store(store.database)
    other.types.put(ArtifactType(name="Stranger"))
    other.artifacts.put(Artifact(type="Stranger"))
    first = import_archive(other, tmp_path / "before.zip")
    assert first.problems == []
    for _ in range(2):
        report = import_archive(other, tmp_path / "after.zip")
        (said,) = [one for one in report.problems if "taken back" in one]
        assert "the INPUT between" in said and "stays here" in said
        assert len(told(other, "retracted")) == 1


def records(report: RecordsReport) -> list[str]:
    return [problem.record for problem in report.problems]


def test_a_seal_over_it_holds_and_says_when_and_by_whom(
    store: Store, history: SimpleNamespace, key: Key
) -> None:
    settle(store)
    store.seals.make(key)
    before = verify(store, key)
    time = history.retract()
    report = verify(store, key)
    assert report.problems == [] and report.same == before.same
    (text,) = report.retractions
    assert report.retracted == 1
    assert text.startswith(f"{history.version} INPUT {history.reader}")
    assert text.endswith(
        f"was retracted at {time:%Y-%m-%d %H:%M:%S}.{time:%f}"[:-3] + " UTC by bob"
    )
    settle(store)
    store.seals.make(key)
    report = verify(store, key)
    assert report.passed and report.unsealed == 0 and report.retracted == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MATCH ()-[e:RETRACTED_INPUT]->() DELETE e", ["{v} INPUT {r}", "the retraction of"]),
        ("MATCH ()-[e:RETRACTED_INPUT]->() SET e._retracted_by = 'x'", ["the retraction of"]),
        ("MATCH ()-[e:RETRACTED_INPUT]->() SET e.ordinal = 99", ["{v} INPUT {r}"]),
        ("MATCH ()-[e:RETRACTED_INPUT]->() REMOVE e._until", ["RETRACTED_INPUT"]),
        ("MATCH ()-[e:INPUT]->() DELETE e", ["a"]),
        # Made to look as if it had been taken back before it was sealed.
        ("MATCH (a)-[e:INPUT]->(b) CREATE (a)-[f:RETRACTED_INPUT]->(b)"
         " SET f = e, f._until = a.create_time, f._retracted_by = 'bob' DELETE e",
         ["the retraction of"]),
        # Made to look as if nobody had.
        ("MATCH (a)-[e:RETRACTED_INPUT]->(b) CREATE (a)-[f:INPUT]->(b)"
         " SET f = e, f._until = null, f._retracted_by = null DELETE e", ["the retraction of"]),
    ],
)  # fmt: skip
def test_what_is_removed_or_made_up_by_hand_is_named(
    store: Store, history: SimpleNamespace, key: Key, text: str, expected: list[str]
) -> None:
    history.retract()
    settle(store)
    store.seals.make(key)
    assert verify(store, key).passed
    query(store.database, text)
    named = records(verify(store, key))
    for start in expected:
        wanted = start.format(v=history.version, r=history.reader)
        assert any(one.startswith(wanted) for one in named), named


def test_what_it_says_can_be_erased(store: Store, history: SimpleNamespace, key: Key) -> None:
    history.retract()
    settle(store)
    store.seals.make(key)
    store.erase(values=["bob"])
    left = query(store.database, "MATCH ()-[e:RETRACTED_INPUT]->() RETURN e._retracted_by AS by")
    assert left == [{"by": "erased"}]
    report = verify(store, key)
    assert report.problems == [] and report.erased >= 1
    erased = told(store, "erased")
    assert (history.version, "INPUT", history.reader) in [one[:3] for one in erased]


def test_questions_to_paste_follow_it_as_of_a_time_before(
    store: Store, history: SimpleNamespace
) -> None:
    (made,) = versions(store, "b")
    source, reader = int(history.version[1:]), int(history.reader[1:])
    given: dict[str, dict[str, Any]] = {
        "where_is_the_file": {"artifact_id": source},
        "what_trained_it": {"artifact_id": made.id},
        "what_differs": {"artifact_ids": [made.id, source]},
        "can_it_be_rerun": {"execution_id": reader},
    }
    asked = [(QUERIES[f"questions.{name}"], values) for name, values in given.items()]
    before = [store.database.rows(one, **values) for one, values in asked]
    then = moment(store.database)
    time = history.retract()
    for as_of, is_it in ((then, True), (time, False)):
        for (one, values), expected in zip(asked, before, strict=True):
            rows = store.database.rows(one, **values, known_at=as_of)
            follows = not one.name.endswith("where_is_the_file")
            assert (rows == expected) is (is_it or not follows), (one.name, as_of)
    assert [row["data"].partition(" ")[0] for row in before[1]] == [history.version]


def lineage(store: Store, as_of: datetime | None) -> dict[str, Any]:
    """Who read and wrote what, by events and by walks, told of all that there was."""
    nodes = [*store.executions.list(as_of=as_of), *store.artifacts.list(as_of=as_of)]
    told: dict[str, Any] = {}
    for one in nodes:
        events = (
            store.events.of_executions if isinstance(one, Execution) else store.events.of_artifacts
        )
        told[one.ref.short] = (
            sorted(
                (e.artifact_id, e.execution_id, e.type.value, e.path)
                for e in events(one, as_of=as_of)
            ),
            *(
                (sorted(graph.artifacts), sorted(graph.executions), len(graph.events))
                for walk in (
                    store.lineage.upstream,
                    store.lineage.downstream,
                    store.lineage.connected,
                )
                for graph in [walk(one, as_of=as_of)]
            ),
        )
    return told


@pytest.mark.parametrize("seed", range(3))
def test_a_history_that_comes_shuffled_is_told_as_of_each_moment(store: Store, seed: int) -> None:
    chance = Random(seed)
    events = random_events(chance, 12)
    chance.shuffle(events)
    moments = []
    for one in events:
        take(store, one)
        if chance.random() < 0.3:
            moments.append((moment(store.database), lineage(store, None)))
    assert [one for one in store.changes() if one.what == "retracted"]
    for then, before in moments:
        assert lineage(store, then) == before
