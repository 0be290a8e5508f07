"""What is the same for all importers: histories of any format, whose ids are numbers or texts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from graphstore import ArtifactState, ArtifactType, ContextType, EventType, ExecutionType
from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.interop.importing import batches
from graphstore.interop.importing.history import EventRow, MemberRow, NodeRow, Table
from graphstore.interop.importing.importer import import_history

WORDS: dict[Table, str] = {
    "type": "kinds",
    "context": "experiments",
    "artifact": "datasets",
    "execution": "runs",
    "event": "inputs and outputs",
    "attribution": "datasets of experiments",
    "association": "runs of experiments",
    "parent": "experiments of experiments",
}
BEGAN = 1_700_000_000_000


@dataclass
class TextHistory:
    """A history whose ids are texts: each run reads one dataset and makes the next."""

    datasets: list[str]
    place: str = "there/history"
    title: str = "history"
    name: str = "a history"
    facts: dict[str, Any] = field(default_factory=lambda: {"format": "of texts"})
    tables: dict[Table, str] = field(default_factory=lambda: WORDS)
    problems: list[str] = field(default_factory=list)
    own_contexts: bool = False
    references: dict = field(default_factory=dict)
    same_contexts: dict[Any, Any] = field(default_factory=dict)
    update_time: int = BEGAN

    @property
    def runs(self) -> list[str]:
        return [f"run-{dataset}" for dataset in self.datasets[1:]]

    def count(self, table: Table) -> int:
        runs = len(self.runs)
        counts = {"type": 3, "context": 2, "artifact": runs + 1, "execution": runs, "parent": 1}
        return counts.get(table, {"event": 2 * runs, "attribution": 0}.get(table, runs))

    def types(self):
        yield "d", ArtifactType(name="Dataset")
        yield "r", ExecutionType(name="Run")
        yield "e", ContextType(name="Experiment")

    def nodes(self, kind) -> Iterator[NodeRow]:
        ids = {"context": ["all", "one"], "artifact": self.datasets, "execution": self.runs}[kind]
        type_id = {"context": "e", "artifact": "d", "execution": "r"}[kind]
        state = ArtifactState.LIVE if kind == "artifact" else None
        for id_ in ids:
            name = id_ if kind == "context" else None
            updated = self.update_time
            yield NodeRow(id_, type_id, None, state, name, None, BEGAN, updated, [("n", True, id_)])

    def events(self) -> Iterator[EventRow]:
        for place, run in enumerate(self.runs):
            for number, type_ in ((0, EventType.INPUT), (1, EventType.OUTPUT)):
                artifact = self.datasets[place + number]
                yield EventRow(2 * place + number, artifact, run, type_, None, ("data", 0))

    def members(self, table) -> Iterator[MemberRow]:
        if table == "association":
            yield from (MemberRow(number, run, "one") for number, run in enumerate(self.runs))

    def parents(self):
        yield "one", "all"

    def anchors(self):
        return {"artifact": [self.datasets[0]]}

    def create_times(self, kind):
        return ((row.id, row.create_time) for row in self.nodes(kind))


def datasets(count: int) -> list[str]:
    """So many ids in their order, with letters of all sorts."""
    return sorted(f"{' -:A_a~'[n % 7]}{n:04}" for n in range(count))


@pytest.mark.parametrize("size", [1000, 7])
def test_ids_of_a_source_may_be_texts(store, monkeypatch, size):
    monkeypatch.setattr(batches, "NODES", size)
    ids = datasets(60)
    report = import_history(store, TextHistory(ids))
    assert report.agrees and report.problems == []
    assert (report.source, report.place) == ("a-history", "there/history")
    assert list(report.tables) == list(WORDS.values())
    assert report.tables["datasets"].created == report.tables["datasets"].in_store == 60
    assert report.tables["inputs and outputs"].created == 118
    artifacts = store.artifacts.list(limit=None).items
    assert [one.source_id for one in artifacts] == ids  # in the order of the history
    last = artifacts[-1]
    assert store.artifacts.get(last.id) == last and last.custom_properties == {"n": ids[-1]}
    upstream = store.lineage.upstream(last)
    assert {one.source_id for one in upstream.artifacts.values()} == set(ids)
    assert sorted(upstream.to_arrow().artifacts["source_id"].to_pylist()) == ids


def test_texts_are_found_again_by_the_range_of_a_batch(store, monkeypatch):
    """Neo4j orders texts as Python does: a batch finds all that it wrote, and no more."""
    monkeypatch.setattr(batches, "NODES", 5)
    ids = datasets(60)
    import_history(store, TextHistory(ids[::2]))
    again = import_history(store, TextHistory(ids[::2]))
    assert again.agrees and {table.created for table in again.tables.values()} == {0}
    later = import_history(store, TextHistory(ids, update_time=BEGAN + 1))
    counts = later.tables["datasets"]
    assert (counts.created, counts.updated, counts.in_store) == (30, 30, 60)
    assert later.agrees and later.source == "a-history"


def test_another_history_of_texts_stands_beside_it(store):
    import_history(store, TextHistory(datasets(4)))
    other = TextHistory(["B", *datasets(4)])
    assert import_history(store, other).source == "a-history-2"
    with pytest.raises(FailedPrecondition, match="there/history is no copy of the history"):
        import_history(store, other, source="a-history")
    assert len(store.artifacts.list(limit=None).items) == 9


def test_a_batch_of_texts_is_looked_for_by_the_index(store, database):
    """Ids that are texts are a range of the index of source and id there, as numbers are."""
    import_history(store, TextHistory(datasets(20)))
    with database.driver.session() as session:
        query = (
            "EXPLAIN MATCH (a:Artifact {source: $source}) WHERE $first <= a.source_id <= $last"
            " RETURN a"
        )
        plan = session.run(query, source="s", first="a", last="b").consume().plan
    operators = []

    def walk(one):
        operators.append(one["operatorType"])
        for child in one.get("children", ()):
            walk(child)

    walk(plan)
    assert any("IndexSeek" in operator for operator in operators), operators


def test_an_id_that_neo4j_has_two_orders_for_is_refused(store):
    """Of parameters U+FFEE is after U+1F600, of an index before: a range of them may be empty."""
    with pytest.raises(InvalidArgument, match="an id in a history is a number or ASCII"):
        import_history(store, TextHistory(["a", "\uffee", "\U0001f600"]))
