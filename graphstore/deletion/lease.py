"""One deletion at a time: a lease in the database, which ends by itself if nobody renews it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from graphstore.database import Database
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition, StoreError

__all__ = ["LEASE_SECONDS", "held", "lost"]

LEASE_SECONDS = 60
"""How long it holds without being renewed: each transaction of a deletion renews it."""


@contextmanager
def held(database: Database) -> Iterator[str]:
    """Hold the lease; yields what names the holder to the queries.

    Raises:
        FailedPrecondition: If somebody else holds it.
    """
    holder = uuid4().hex
    row = database.one(QUERIES["deletion.lease"], holder=holder, lease_seconds=LEASE_SECONDS)
    assert row is not None
    if row["holder"] != holder:
        seconds = max(1, round((row["until"] - row["now"]).seconds))
        by = f" by {row['by']}" if row["by"] else ""
        raise FailedPrecondition(
            f"another deletion goes on{by}, since {row['began'].to_native().isoformat()}: wait for"
            f" its end, or, if its process is gone, for {seconds} s"
        )
    try:
        yield holder
    finally:
        with suppress(StoreError):  # then it ends by itself
            database.run(QUERIES["deletion.release"], holder=holder)


def lost() -> FailedPrecondition:
    """What there is to say if somebody else got it, since one's own ended."""
    return FailedPrecondition(
        f"this deletion wrote nothing for {LEASE_SECONDS} s, and another one has begun meanwhile:"
        " what went is gone, and the rest goes if it is asked for again"
    )
