"""An execution with what it read and made, in no way's words; and what stands in the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from graphstore.database import Database

__all__ = ["Ids", "Plan", "Rows", "Thing", "big", "check_ids", "node", "order", "read", "rows_of"]

Rows = Counter[tuple[object, ...]]
"""What stands in the graph, a row a node and a row an edge. What is there twice counts twice."""


@dataclass(frozen=True)
class Thing:
    """An artifact. Its uri tells it from all others, whatever their ids."""

    uri: str
    type: str = "Model"
    number: int | str | None = 0
    """The value of `int_value`, which its type declares."""
    note: str = "ours"
    """The value of a custom property."""
    name: str | None = None
    external_id: str | None = None
    id: int | None = None
    """Of one that is stored."""


@dataclass(frozen=True)
class Plan:
    """An execution that is to be written."""

    key: str
    """A custom property, which tells it from all others."""
    reads: tuple[Thing, ...] = ()
    makes: tuple[Thing, ...] = ()
    contexts: tuple[str, ...] = ()
    """Names of contexts of type Experiment."""
    number: int = 0
    external_id: str | None = None

    @property
    def things(self) -> tuple[Thing, ...]:
        """What it reads, then what it makes: the order in which they are said."""
        return self.reads + self.makes

    def evolve(self, **changes: object) -> Plan:
        """Another one, with these changes."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Ids:
    """What a way answers: each id in the place of what was said there."""

    execution: int
    reads: tuple[int, ...]
    makes: tuple[int, ...]
    contexts: tuple[int, ...]


def big(key: str, inputs: Sequence[Thing] = (), *, with_ids: bool = False) -> Plan:
    """An execution that reads what is stored and two new things, makes three, in three contexts.

    Args:
        key: What to call it.
        inputs: Things with ids, in the order in which it reads them.
        with_ids: Whether everything new has an external id.
    """

    def new(number: int, type_: str) -> Thing:
        # External ids that are in no order: ids must not follow them.
        external_id = f"{key}/{number * 3 % 5}" if with_ids else None
        return Thing(f"thing://{key}/{number}", type_, number, external_id=external_id)

    return Plan(
        key,
        reads=(new(0, "Examples"), *inputs, new(1, "Examples")),
        makes=tuple(new(number, "Model") for number in (2, 3, 4)),
        # In no order either.
        contexts=(f"{key} b", "shared", f"{key} a"),
        number=7,
        external_id=f"{key}/execution" if with_ids else None,
    )


def node(thing: Thing, state: str = "LIVE") -> tuple[object, ...]:
    """The row of an artifact."""
    values = (thing.number, thing.note, thing.name, thing.external_id)
    return ("Artifact", thing.type, thing.uri, state, *values)


def rows_of(plans: Iterable[Plan], *, state: str = "COMPLETE") -> Rows:
    """The rows that plans, which end in a state, ask for."""
    rows: Rows = Counter()
    # What belongs together belongs once, however often it is said.
    once: dict[tuple[object, ...], None] = {}
    for plan in plans:
        rows["Execution", "Trainer", plan.key, state, plan.number, "ours", plan.external_id] += 1
        for role, things, type_ in (("data", plan.reads, "INPUT"), ("model", plan.makes, "OUTPUT")):
            for place, thing in enumerate(things):
                rows[type_, thing.uri, plan.key, (role, f"[{place}]")] += 1
                if thing.id is None:
                    once[node(thing)] = None
        for name in plan.contexts:
            once["Context", "Experiment", name] = None
            once["ASSOCIATED_WITH", plan.key, name] = None
            once.update({("ATTRIBUTED_TO", thing.uri, name): None for thing in plan.things})
    return rows + Counter(dict.fromkeys(once, 1))


_ALL_ROWS = """
CALL () {
  MATCH (n:Artifact)
  RETURN ['Artifact', n.type, n.uri, n.state, n.int_value, n.custom_note, n.name,
    CASE WHEN NOT n.external_id STARTS WITH 'graphstore:' THEN n.external_id END] AS row, [] AS path
  UNION ALL
  MATCH (n:Execution)
  RETURN ['Execution', n.type, n.custom_key, n.state, n.int_value, n.custom_note,
    CASE WHEN NOT n.external_id STARTS WITH 'graphstore:' THEN n.external_id END] AS row, [] AS path
  UNION ALL
  MATCH (n:Context)
  RETURN ['Context', n.type, n.name] AS row, [] AS path
  UNION ALL
  MATCH (n)-[edge:ATTRIBUTED_TO|ASSOCIATED_WITH|CHILD_OF]->(other)
  RETURN [type(edge), coalesce(n.uri, n.custom_key, n.name), other.name] AS row, [] AS path
  UNION ALL
  MATCH (:Artifact|Execution)-[event]->(:Artifact|Execution)
  WITH event, CASE WHEN startNode(event):Artifact THEN [startNode(event), endNode(event)]
    ELSE [endNode(event), startNode(event)] END AS ends
  RETURN [type(event), ends[0].uri, ends[1].custom_key] AS row, event.path AS path
}
RETURN collect([row, path]) AS rows
"""


def read(database: Database) -> Rows:
    """All that stands in the graph."""
    with database.driver.session(database=database.name) as session:
        # One row: drivers read a thousand many times slower.
        rows = session.run(_ALL_ROWS).single(strict=True)["rows"]
    return Counter((*row, *([tuple(path)] if path else [])) for row, path in rows)


def check_ids(database: Database, plan: Plan, ids: Ids) -> None:
    """Hold that each id of an answer is that of what was said in its place."""
    with database.driver.session(database=database.name) as session:
        row = session.run(
            "RETURN COLLECT { MATCH (e:Execution {id: $execution}) RETURN e.custom_key } AS keys,"
            " COLLECT { UNWIND $things AS id MATCH (a:Artifact {id: id}) RETURN a.uri } AS uris,"
            " COLLECT { UNWIND $contexts AS id MATCH (c:Context {id: id}) RETURN c.name } AS names",
            execution=ids.execution,
            things=ids.reads + ids.makes,
            contexts=ids.contexts,
        ).single(strict=True)
    assert row["keys"] == [plan.key]
    assert len(ids.reads) == len(plan.reads)
    assert row["uris"] == [thing.uri for thing in plan.things]
    assert row["names"] == list(plan.contexts)


def order(database: Database, plan: Plan) -> tuple[list[int], list[str]]:
    """The ids of its new things as they were said, and the uris of all in the order of events."""
    with database.driver.session(database=database.name) as session:
        ids = dict(
            session.run(
                "MATCH (:Execution {custom_key: $key})--(a:Artifact) RETURN a.uri, a.id",
                key=plan.key,
            ).values()
        )
        events = session.run(
            "MATCH (:Execution {custom_key: $key})-[event]-(a:Artifact)"
            " RETURN a.uri AS uri ORDER BY event.ordinal, event.time",
            key=plan.key,
        )
        uris = [row["uri"] for row in events]
    return [ids[thing.uri] for thing in plan.things if thing.id is None], uris
