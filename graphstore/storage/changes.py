"""What was recorded, changed, deleted and erased, by whom, when, and from what to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal, cast

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.database.spelling import from_key
from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.model.edges import PathStep
from graphstore.model.nodes import NodeRef
from graphstore.model.plain import Items, Plain
from graphstore.model.refs import NodeLike, references
from graphstore.model.tables import the_pandas
from graphstore.model.types import Kind
from graphstore.model.values import bound
from graphstore.storage.nodes import require
from graphstore.storage.rows import ABSENT, decode_path, from_native, millis, to_time

if TYPE_CHECKING:
    import pandas

__all__ = ["BEGINNING", "Change", "Changes", "changes", "page_end", "settled_until"]

SETTLING = timedelta(seconds=1)
"""How long ago something must be for all to be known of it, if nothing is under way: what has just
begun may not be in the server's list yet, and the clocks of a cluster's members may differ."""
_MOMENT = timedelta(milliseconds=1)
BEGINNING = datetime(1, 1, 1, tzinfo=timezone.utc)
"""Before all that was ever recorded."""
_END = datetime(9999, 12, 31, tzinfo=timezone.utc)
_AT_ONCE = 20_000
"""Nodes and changes that are read by one round of queries."""

_KINDS_OF_NODES: tuple[Kind, ...] = ("artifact", "execution", "context")
What = Literal["recorded", "changed", "joined", "retracted", "deleted", "erased"]


@dataclass(frozen=True)
class Change(Plain):
    """Something that was recorded, changed, deleted or erased."""

    time: datetime
    """When, by the server's clock, in UTC and milliseconds."""
    by: str | None
    """Who; None if nobody knows."""
    what: What
    """A node or a type was ``recorded`` or ``changed``, a node was ``joined`` to another, or it was
    ``deleted``. ``retracted`` is an event that was taken back: lineage does not follow it any more.
    ``erased`` is a node or an edge of which something was written over, and nobody tells what: read
    it anew, with what it said before, and forget what you have of it."""
    node: NodeRef
    """Of an edge the node that it begins at; of a type ``NodeRef("type", 10)``."""
    type: str
    """The type of the node, or of the edge: ``OUTPUT``, ``ATTRIBUTED_TO``, ``CHILD_OF``. Empty if
    the node was purged: nobody knows."""
    name: str | None = None
    """What the node is called, if it is."""
    values: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    """What was changed, from what to what, by the name of the field or, in ``properties.…`` and
    ``custom_properties.…``, of the property; None where there was or is no value."""
    other: NodeRef | None = None
    """The node that an edge ends at."""
    path: tuple[PathStep, ...] = ()
    """The part that an artifact played, of an event; not of one that was erased: all events of its
    type between the two are meant."""
    estimated: bool = False
    """Whether the time is an estimate, since it was recorded before the store noted that."""
    reason: str | None = None
    """Why it was deleted or erased, if that was said."""
    purged: bool = False
    """Whether nothing is left of what was deleted; else it is a tombstone."""


@dataclass(frozen=True)
class Changes(Items[Change]):
    """Changes in the order of their times."""

    until: datetime | None
    """All from before this time is in the answer, for good, and nothing from then on: pass it as
    `since` to go on. None if the answer has what may not be all yet."""

    def to_pandas(self) -> pandas.DataFrame:
        """A row a change, a column a field; nodes are texts like ``a45``.

        Raises:
            MissingExtra: If the extra ``pandas`` is not installed.
        """
        columns = {
            "time": [one.time for one in self.items],
            "by": [one.by for one in self.items],
            "what": [one.what for one in self.items],
            "node": [one.node.short for one in self.items],
            "type": [one.type for one in self.items],
            "name": [one.name for one in self.items],
            "values": [dict(one.values) for one in self.items],
            "other": [one.other and one.other.short for one in self.items],
            "path": [one.path for one in self.items],
            "estimated": [one.estimated for one in self.items],
            "reason": [one.reason for one in self.items],
            "purged": [one.purged for one in self.items],
        }
        frame: pandas.DataFrame = the_pandas().DataFrame(columns)
        return frame


def changes(
    database: Database,
    of: NodeLike | Sequence[NodeLike] | None = None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    by: str | None = None,
    limit: int | None = None,
    descending: bool = False,
    settled: bool = False,
) -> Changes:
    """What was recorded, changed, deleted and erased; see `graphstore.Store.changes`."""
    if limit is not None:
        limit = bound("limit", limit)
    if descending and settled:
        raise InvalidArgument(
            "the latest first (descending, --newest) is no feed to follow: ask without settled"
        )
    ids = None if of is None else _ids(database, of)
    start = BEGINNING if since is None else to_time("since", since)
    end = _END if until is None else to_time("until", until)
    if settled:
        end = min(end, max(start, settled_until(database, start)))
    reader = _Reader(database, ids)
    items: list[Change] = []
    here, there = start, end
    most = _AT_ONCE if limit is None else min(_AT_ONCE, limit)
    while here < there:
        begins, ends = here, there
        if ids is None and descending:
            begins = page_begin(database, here, there, most)
        elif ids is None:
            ends = page_end(database, here, there, most)
        some = [one for one in reader.read(begins, ends) if by is None or one.by == by]
        items += reversed(some) if descending else some
        here, there = (here, begins) if descending else (ends, there)
        if limit is not None and len(items) >= limit:
            break
        if limit is not None:  # those by one may be few among many
            most = min(_AT_ONCE, limit - len(items) if by is None else 2 * most)
    if limit is not None and len(items) > limit:
        # All that one moment has stays together, so that the next page can begin at a time.
        last = items[limit - 1].time
        items = [one for one in items if (one.time >= last if descending else one.time <= last)]
        here = items[-1].time + _MOMENT
    return Changes(tuple(items), here if settled else None)


def settled_until(database: Database, since: datetime) -> datetime:
    """Until when all that was recorded is known: nothing that is under way will be from before.

    What one transaction records has the time at which it began. So all that is older than the
    oldest that is under way is known, since what begins later is recorded later.

    Args:
        database: Where to ask.
        since: A time at which the server's clock was already.

    Raises:
        FailedPrecondition: If the server's clock stands before that: it has stepped back.
    """
    rows = database.rows(QUERIES["changes.under_way"])
    own = next(row for row in rows if row["own"])
    now = millis(own["now"])
    if now < since:
        raise FailedPrecondition(
            f"the server's clock stands at {now.isoformat()}, before {since.isoformat()}: wait"
            " until it gets there, since what is recorded now is older than what was told already"
        )
    begins = [
        datetime.fromisoformat(row["began"].replace("Z", "+00:00"))
        for row in rows
        if row["database"] == own["database"] and not _only_reads(row)
    ]
    return _in_millis(min([now - SETTLING, *(began - _MOMENT for began in begins)]))


def page_end(database: Database, since: datetime, until: datetime, most: int) -> datetime:
    """Where to stop, so that about so many are read, and all of a moment together."""
    last = _last(database, "earliest", since, until, most)
    return until if last is None else min(until, last + _MOMENT)


def page_begin(database: Database, since: datetime, until: datetime, most: int) -> datetime:
    """Where to begin, likewise, so that the page ends at a time."""
    return _last(database, "latest", since, until, most) or since


def _last(
    database: Database,
    end: Literal["earliest", "latest"],
    since: datetime,
    until: datetime,
    most: int,
) -> datetime | None:
    """The time of the last of so many from one end; None if there are fewer."""
    row = database.one(
        QUERIES[f"changes.{end}"], since=since, until=until, limit=most, with_erasures=True
    )
    assert row is not None
    return None if row["count"] < most else millis(row["last"])


def _only_reads(row: Row) -> bool:
    """Whether a transaction is one of ours that writes nothing."""
    name = str((row["metadata"] or {}).get("graphstore"))
    return name in QUERIES and QUERIES[name].access == "read"


def _in_millis(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _ids(database: Database, of: NodeLike | Sequence[NodeLike]) -> dict[Kind, list[int]]:
    ids: dict[Kind, list[int]] = {"artifact": [], "execution": [], "context": []}
    for ref in references(of):
        ids[ref.kind].append(ref.id)
    for kind, some in ids.items():
        require(database, kind, some)
    return ids


class _Reader:
    """Reads what was recorded within some time."""

    def __init__(self, database: Database, ids: Mapping[Kind, Sequence[int]] | None) -> None:
        """All of it, or that of some nodes only."""
        self._database, self._ids = database, ids
        row = database.one(QUERIES["changes.estimated"])
        self._estimated = 0 if row is None else row["until"]

    def read(self, since: datetime, until: datetime) -> list[Change]:
        """All of it, in order."""
        within = {"since": since, "until": until}
        items, ids = [], dict[str, list[int]]()
        for kind in _KINDS_OF_NODES:
            only = {} if self._ids is None else {f"{kind}_ids": self._ids[kind]}
            rows = self._rows(f"changes.{kind}s", f"{kind}s", {**within, **only})
            items += [self._recorded(kind, *row) for row in rows]
            ids[f"{kind}_ids"] = [row[2] for row in rows]
        if self._ids is None:
            rows = self._rows("changes.types", "types", within)
            items += [self._recorded("type", *row) for row in rows]
            changed = self._rows("changes.revisions", "changes", within)
            joined = self._rows("changes.edges", "edges", within)
            if any(ids.values()):
                at = {**within, **ids, "with_an_end": True}
                joined += self._rows("changes.edges_at", "edges", at)
        else:
            ids = {f"{kind}_ids": list(some) for kind, some in self._ids.items()}
            changed = self._rows("changes.revisions_of", "changes", {**within, **ids})
            joined = self._rows("changes.edges_at", "edges", {**within, **ids})
        only = {} if self._ids is None else {f"{kind}_ids": ids for kind, ids in self._ids.items()}
        retracted = self._rows("changes.retractions", "retractions", {**within, **only})
        items += [self._of_edge("retracted", *row) for row in retracted]
        parameters = {**within, **only, "with_purges": self._ids is None}
        deleted = self._rows("changes.deletions", "deletions", parameters)
        items += [_deleted(*row) for row in deleted]
        named = {} if self._ids is None else {"named": self._ids}
        erased = self._rows("changes.erasures", "erasures", {**within, **named})
        items += [_erased(*row) for row in erased]
        items += [_changed(*row) for row in changed]
        items += [self._of_edge("joined", *row) for row in joined]
        return sorted(items, key=_order)

    def _rows(self, query: str, column: str, parameters: Mapping[str, Any]) -> list[list[Any]]:
        answer = self._database.rows(QUERIES[query], **parameters)
        return [row for rows in answer for row in rows[column]]

    def _recorded(
        self,
        kind: str,
        time: int,
        by: str | None,
        id_: int,
        type_: str,
        name: str | None,
        imported: bool = False,
    ) -> Change:
        estimated = imported and time < self._estimated
        node = _ref(kind, id_)
        return Change(millis(time), by, "recorded", node, type_, name, estimated=estimated)

    def _of_edge(
        self,
        what: What,
        time: int,
        by: str | None,
        kind: str,
        id_: int,
        type_: str,
        other_kind: str,
        other_id: int,
        path: list[str] | None,
        noted: bool = True,
    ) -> Change:
        return Change(
            millis(time),
            by,
            what,
            _ref(kind, id_),
            type_,
            other=_ref(other_kind, other_id),
            path=decode_path(path or ()),
            estimated=not noted and time < self._estimated,
        )


def _changed(
    time: int,
    by: str | None,
    kind: str,
    id_: int,
    type_: str,
    name: str | None,
    keys: list[str],
    before: list[Any],
    after: list[Any],
) -> Change:
    values = {
        key if kind == "type" else _name(key): (_value(one), _value(other))
        for key, one, other in sorted(zip(keys, before, after, strict=True), key=lambda v: v[0])
        if key not in _UNTOLD
    }
    return Change(millis(time), by, "changed", _ref(kind, id_), type_, name, values)


def _deleted(
    time: int, by: str | None, why: str | None, kind: str, id_: int, type_: str, purged: bool
) -> Change:
    node = _ref(kind, id_)
    return Change(millis(time), by, "deleted", node, type_, reason=why, purged=purged)


def _erased(
    time: int,
    by: str | None,
    why: str | None,
    kind: str,
    id_: int,
    type_: str,
    other_kind: str | None,
    other_id: int | None,
) -> Change:
    node = _ref(kind, id_)
    other = None if other_kind is None or other_id is None else _ref(other_kind, other_id)
    return Change(millis(time), by, "erased", node, type_, other=other, reason=why)


_UNTOLD = frozenset(["last_update_time", "_contents"])
"""Keys that change along with what was changed."""


def _ref(kind: str, id_: int) -> NodeRef:
    return NodeRef(cast(Kind, kind), id_)


def _name(key: str) -> str:
    """What a key is called in the model."""
    if (name := from_key(key)) is None:
        return key.removeprefix("_")
    return f"{'custom_properties' if name[1] else 'properties'}.{name[0]}"


def _value(value: Any) -> Any:
    return None if value == ABSENT else from_native(value)


_ORDER: Mapping[What, int] = {
    **{"recorded": 0, "changed": 1, "joined": 2, "retracted": 3, "deleted": 4, "erased": 5}
}
_KINDS = {"type": 0, "context": 1, "artifact": 2, "execution": 3}


def _order(one: Change) -> tuple[Any, ...]:
    """What is of one moment: types, contexts, artifacts, executions, what was changed, edges, what
    was taken back, deleted and erased."""
    node, other = one.node, one.other
    return (
        one.time,
        _ORDER[one.what],
        _KINDS[node.kind],
        node.id,
        (_KINDS[other.kind], other.id, one.type, *map(str, one.path)) if other else (),
    )
