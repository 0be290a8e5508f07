"""Events: what executions read and made."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

from graphstore.database import Database, Row, Transaction
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument
from graphstore.model.edges import Event, EventType
from graphstore.model.refs import ArtifactLike, ExecutionLike, NodeLike, node_ids
from graphstore.model.times import KnownAt
from graphstore.model.types import Kind
from graphstore.model.values import bound
from graphstore.storage.nodes import require
from graphstore.storage.rows import encode_path, event_from_row, to_millis
from graphstore.storage.then import at
from graphstore.system.garbage import no_collection

__all__ = ["Events", "event_to_row", "put_events", "take_ordinals"]

_COLUMNS = ("artifact_ids", "execution_ids", "types", "paths", "times")


class Events:
    """The events of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, events: Iterable[Event]) -> int:
        """Record events between artifacts and executions that are stored; all or none.

        An event that is there already - between the same two, of the same type and path - stays
        as it is.

        Args:
            events: The events, in the order in which they are to be kept where times are equal.

        Returns:
            How many were not there yet.

        Raises:
            NotFound: If an artifact or an execution is not there.
            InvalidArgument: If an event has no type, or names no artifact or no execution.
        """
        rows = [event_to_row(event) for event in events]
        for row in rows:
            if row["artifact_id"] is None or row["execution_id"] is None:
                raise InvalidArgument(f"an event needs an artifact_id and an execution_id: {row}")
        for row, ordinal in zip(rows, take_ordinals(len(rows)), strict=True):
            row["ordinal"] = ordinal
        if not rows:
            return 0
        return self._database.transact("event.put", lambda tx: put_events(tx, rows))

    def of_artifacts(
        self,
        artifacts: ArtifactLike | Iterable[ArtifactLike],
        *,
        skip: int = 0,
        limit: int | None = None,
        as_of: KnownAt | None = None,
    ) -> Sequence[Event]:
        """The events of one artifact or several, by artifact, execution, type and path.

        Empty if there are none, whether or not the artifacts are there.

        Args:
            artifacts: Which.
            skip: How many to leave out first, 0 or more.
            limit: How many at most, 1 or more; None for all.
            as_of: What the store said at this time; None for now.

        Raises:
            InvalidArgument: If one names no artifact, a bound is not valid, or the time says no
                zone.
        """
        return self._list("artifact", artifacts, skip, limit, as_of)

    def of_executions(
        self,
        executions: ExecutionLike | Iterable[ExecutionLike],
        *,
        skip: int = 0,
        limit: int | None = None,
        as_of: KnownAt | None = None,
    ) -> Sequence[Event]:
        """The events of one execution or several, by execution, in the order of their recording.

        Empty if there are none, whether or not the executions are there.

        Args:
            executions: Which.
            skip: How many to leave out first, 0 or more.
            limit: How many at most, 1 or more; None for all.
            as_of: What the store said at this time; None for now.

        Raises:
            InvalidArgument: If one names no execution, a bound is not valid, or the time says no
                zone.
        """
        return self._list("execution", executions, skip, limit, as_of)

    def _list(
        self,
        kind: Kind,
        nodes: NodeLike | Iterable[NodeLike],
        skip: int,
        limit: int | None,
        as_of: KnownAt | None,
    ) -> Sequence[Event]:
        asked: dict[str, Any] = {f"{kind}_ids": sorted(set(node_ids(nodes, kind)))}
        if first := bound("skip", skip, least=0):
            asked["skip"] = first
        if limit is not None:
            asked["limit"] = bound("limit", limit)
        reader = at(self._database, as_of)
        columns = reader.one(QUERIES[f"event.list_by_{kind}"], **asked)
        assert columns is not None
        with no_collection():
            events = zip(*(columns[name] for name in _COLUMNS), strict=True)
            return [event_from_row(*event) for event in events]


def put_events(transaction: Transaction, rows: Iterable[Row]) -> int:
    """Record events from their rows, with `ordinal`, within a transaction.

    Returns:
        How many were not there yet.

    Raises:
        NotFound: If an artifact or an execution is not there.
    """
    # Each once, and in one order for everybody, so that two writers do not wait for each other.
    distinct: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = (row["artifact_id"], row["execution_id"], row["type"], *row["path"])
        distinct.setdefault(key, row)
    in_order = [distinct[key] for key in sorted(distinct)]
    inputs = [row for row in in_order if EventType(row["type"]).is_input]
    outputs = [row for row in in_order if EventType(row["type"]).is_output]
    count = 0
    for name, part in (("inputs", inputs), ("outputs", outputs)):
        if part:
            answer = transaction.one(QUERIES[f"event.put_{name}"], **{name: part})
            assert answer is not None
            if answer["matched"] != len(part):
                require(transaction, "artifact", (row["artifact_id"] for row in part))
                require(transaction, "execution", (row["execution_id"] for row in part))
            count += answer["created"]
    return count


_last_ordinal = 0
_ordinals = Lock()


def take_ordinals(count: int) -> range:
    """What puts so many new events in order, after all that this process took before.

    Nanoseconds of the clock: unique in a process, and as good as unique among all, so that a writer
    also knows by it an event that it wrote itself. Events of several processes are in the order of
    their clocks.
    """
    global _last_ordinal
    with _ordinals:
        first = max(time.time_ns(), _last_ordinal + 1)
        _last_ordinal = first + count
        return range(first, first + count)


def event_to_row(event: Event) -> dict[str, Any]:
    """The row that queries create the event from.

    Raises:
        InvalidArgument: If its type is UNKNOWN, which says not even in which direction data flows,
            or its time has no zone.
    """
    if event.type is EventType.UNKNOWN:
        raise InvalidArgument("an event of type UNKNOWN has no direction and cannot be recorded")
    return {
        "artifact_id": event.artifact_id,
        "execution_id": event.execution_id,
        "type": event.type.value,
        "path": encode_path(event.path),
        # As a number, which the driver sends many times faster than a datetime.
        "time": None if event.time is None else to_millis("time of an event", event.time),
    }
