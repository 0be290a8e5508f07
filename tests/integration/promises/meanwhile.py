"""Somebody else who writes at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from graphstore.database import Database

__all__ = ["meanwhile"]


@contextmanager
def meanwhile(
    database: Database, statement: str, **parameters: object
) -> Iterator[Callable[..., Future[Any]]]:
    """Somebody else's transaction, which commits once our writer waits for it, or has ended.

    Yields:
        A function, to be called once in the block: begins to write, by a thread of its own.
    """
    with ThreadPoolExecutor(1) as pool, database.driver.session() as session:
        with session.begin_transaction() as transaction:
            transaction.run(statement, **parameters).consume()
            futures: list[Future[Any]] = []

            def write(work: Callable[..., Any], *arguments: object) -> Future[Any]:
                futures.append(pool.submit(work, *arguments))
                return futures[0]

            yield write
            end = monotonic() + 60
            while not futures[0].done() and not _waits(database):
                assert monotonic() < end, "the writer neither waits nor ends"
                sleep(0.02)
            transaction.commit()


def _waits(database: Database) -> bool:
    """Whether a transaction waits for a lock of another."""
    with database.driver.session() as session:
        return bool(
            session.run(
                "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked'"
                " RETURN count(*) AS waiting"
            ).single(strict=True)["waiting"]
        )
