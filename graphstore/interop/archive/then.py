"""A store as it was at a time, for an archive of that."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphstore.database import Database
from graphstore.database.spelling import RETRACTED, RETRACTION
from graphstore.errors import FailedPrecondition
from graphstore.model.times import KnownAt
from graphstore.storage.changes import settled_until
from graphstore.storage.rows import EPOCH, PAST, as_known, known_at, to_millis
from graphstore.storage.series import series_from_row, series_row

__all__ = ["Then"]

_SERIES = "GraphstoreSeries"
_REVISION = "Revision"


@dataclass
class Then:
    """What a store said at a time: takes back what was changed since in what queries read."""

    time: datetime
    series_left_out: int = 0
    """Series that went on after the time and were thinned: nobody knows which of their points were
    there then."""

    @classmethod
    def of(cls, database: Database, time: KnownAt) -> Then:
        """A time that is final.

        Raises:
            InvalidArgument: If it says no time zone.
            FailedPrecondition: If something recorded by then may be under way still.
        """
        then = cls(known_at(time))
        settled = settled_until(database, EPOCH)
        if then.time >= settled:
            wait = then.time - settled + timedelta(milliseconds=1)
            raise FailedPrecondition(
                f"what the store said at {then.time.isoformat()} is not final yet: all is known"
                f" until {settled.isoformat()}. Ask again {math.ceil(wait.total_seconds())} s later"
            )
        return then

    def properties(
        self, properties: Mapping[str, Any], edges: Iterable[Sequence[Any]]
    ) -> Mapping[str, Any]:
        """The properties that a node with some edges, its revisions among them, had then."""
        revisions = [end[1] for *_, kind, end in edges if kind is None and _REVISION in end[0]]
        later = [one for one in revisions if self.is_later(one["_until"])]
        if not later:
            return properties
        result = {**as_known({**properties, PAST: later})}
        result.pop("_since", None)
        if earlier := [one["_until"] for one in revisions if not self.is_later(one["_until"])]:
            result["_since"] = max(earlier)
        return result

    def edge(self, edge: Sequence[Any]) -> Sequence[Any] | None:
        """An edge of a node, and what hangs on it, as it was then; None if it was not there."""
        *others, kind, end = edge
        if kind is not None:
            return self._standing(edge)
        labels, properties = end
        if _REVISION in labels:
            return None if self.is_later(properties["_until"]) else edge
        if _SERIES in labels:
            series = self._series(properties)
            return None if series is None else [*others, kind, [labels, series]]
        return edge

    def _standing(self, edge: Sequence[Any]) -> Sequence[Any]:
        """An edge between nodes; an event that was taken back later was still one then."""
        type_, is_to, properties, *end = edge
        if not type_.startswith(RETRACTED) or not self.is_later(properties["_until"]):
            return edge
        kept = {key: value for key, value in properties.items() if key not in RETRACTION}
        return [type_.removeprefix(RETRACTED), is_to, kept, *end]

    def is_later(self, time: Any) -> bool:
        """Whether a time of the database is after it."""
        return bool(time.to_native() > self.time)

    def _series(self, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The points that a series had; None if it had none, or nobody knows which."""
        series, end = series_from_row(row), to_millis("as_of", self.time)
        then = series.until(end)
        if then is series:
            return row
        if then is None:
            self.series_left_out += series.thinned and series.millis[0] <= end
            return None
        return {key: value for key, value in series_row(then).items() if value is not None}
