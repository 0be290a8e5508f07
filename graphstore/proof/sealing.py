"""Makes seals: of all that was recorded and is settled since the last one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from typing import Any

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition, StoreError
from graphstore.proof.keys import Key
from graphstore.proof.leaves import Chunk
from graphstore.proof.merkle import Tree
from graphstore.proof.reading import pages, records
from graphstore.proof.seal import Seal, read_seals, successions_between
from graphstore.storage.changes import BEGINNING, settled_until
from graphstore.storage.rows import millis
from graphstore.system.progress import OnProgress, Progress

__all__ = ["make_seal"]

PATIENCE = 120
"""Seconds without a sign of life after which whoever sealed is taken to be gone."""
_CHUNKS = 8
"""Nodes of leaves that are written at once."""
_REMOVED = 100


def make_seal(
    database: Database, key: Key, on_progress: OnProgress, *, last_known: Seal | None = None
) -> Seal | None:
    """Seal what was recorded since the last seal, and is settled; see `Seals.make`.

    Args:
        database: Of the store.
        key: Signs it.
        on_progress: Is told how many records are sealed.
        last_known: The last seal that is kept elsewhere.

    Returns:
        The seal; None if there is nothing new.
    """
    with _alone(database) as token:
        seals = read_seals(database)
        last = seals[-1] if seals else None
        _check_last(seals, last_known)
        successions = successions_between(key, last.key) if last else ()
        if successions is None:
            assert last is not None
            raise FailedPrecondition(
                f"the last seal was signed by {last.key}, and your key does not come after it:"
                " seal with that key, or with its successor (see 'graphstore key --replace')"
            )
        number = 1 if last is None else last.number + 1
        since = BEGINNING if last is None else last.until
        until = settled_until(database, since)
        sealing = _Sealing(database, token, number, on_progress)
        sealing.clear()
        sealing.add_all(since, until)
        if not sealing.tree.size:
            return None
        seal = Seal(
            number=number,
            store=_store_id(database),
            since=since,
            until=until,
            size=sealing.tree.size,
            root=sealing.tree.root.hex(),
            previous="" if last is None else last.digest,
            time=_now(database),
            key=key.public,
            successions=tuple(successions),
        ).signed(key)
        sealing.put(seal)
        return seal


def _check_last(seals: list[Seal], known: Seal | None) -> None:
    """Refuse to go on from seals that are not as they were made, as far as one sees at once."""
    for number, seal in enumerate(seals, 1):
        if seal.number != number or not seal.is_signed:
            raise FailedPrecondition(
                f"seal {number} is missing or was altered: 'graphstore verify --records' says"
                " more; nothing was sealed"
            )
    if known is not None and (len(seals) < known.number or seals[known.number - 1] != known):
        raise FailedPrecondition(
            f"seal {known.number}, which is kept as a file, is not the one in the store:"
            " 'graphstore verify --records --seals FOLDER' says more; nothing was sealed. If this"
            " is another store, or was emptied, name another folder"
        )


class _Sealing:
    """A seal that is being made."""

    def __init__(
        self, database: Database, token: str, number: int, on_progress: OnProgress
    ) -> None:
        self._database, self._token, self._number = database, token, number
        self._on_progress = on_progress
        self.tree = Tree()
        self._rows: list[Row] = []
        self._chunks = 0

    def clear(self) -> None:
        """Remove what an earlier attempt left."""
        while self._ours("seal.clear", number=self._number, limit=_REMOVED)["removed"]:
            pass

    def add_all(self, since: datetime, until: datetime) -> None:
        """Keep the leaves of all that was recorded from one time on and before another."""
        for page in pages(self._database, since, until):
            chunk = Chunk(*page)
            for record in records(self._database, *page):
                self.tree.add(chunk.add(record))
                if chunk.is_full:
                    self._keep(chunk)
                    chunk = Chunk(*page)
            self._keep(chunk)
            self._write()
            step = f"sealing {self._number}"
            self._on_progress(Progress(step, self.tree.size, None, "rows", "records"))

    def _keep(self, chunk: Chunk) -> None:
        if chunk.keys:
            self._rows.append(chunk.row(self._number, self._chunks))
            self._chunks += 1
        if len(self._rows) >= _CHUNKS:
            self._write()

    def _write(self) -> None:
        if self._rows:
            self._ours("seal.put_leaves", leaves=self._rows)
            self._rows = []

    def put(self, seal: Seal) -> None:
        """Put the seal: from now on its leaves count."""
        row = self._database.one(QUERIES["seal.put"], token=self._token, seal=seal.row)
        # The answer to an attempt that worked may have been lost.
        if row is None and seal not in read_seals(self._database):
            raise _taken_over()

    def _ours(self, query: str, **parameters: Any) -> Row:
        row = self._database.one(QUERIES[query], token=self._token, **parameters)
        if row is None:
            raise _taken_over()
        return row


@contextmanager
def _alone(database: Database) -> Iterator[str]:
    """Keep others from sealing. What answers for it is a node that says when it was heard of last:
    a process that died is waited for no longer than that.

    Raises:
        FailedPrecondition: If somebody else seals.
    """
    token = secrets.token_hex(16)
    if database.one(QUERIES["seal.begin"], token=token, patience=PATIENCE) is None:
        holder = database.one(QUERIES["seal.holder"]) or {"by": None, "time": 0}
        raise FailedPrecondition(
            f"{holder['by'] or 'somebody'} seals this store just now, last heard of at"
            f" {millis(holder['time']).isoformat()}: wait until that has ended, or, if that"
            f" process is gone, for {PATIENCE} seconds"
        )
    try:
        yield token
    finally:
        with suppress(StoreError):  # the reason why it ends counts more
            database.run(QUERIES["seal.end"], token=token)


def _taken_over() -> FailedPrecondition:
    return FailedPrecondition(
        f"somebody else has begun to seal, since nothing was heard of this for {PATIENCE} seconds:"
        " nothing was sealed"
    )


def _store_id(database: Database) -> str:
    row = database.one(QUERIES["archive.identify"], store_id=f"store-{secrets.token_hex(8)}")
    assert row is not None
    return str(row["store"]["id"])


def _now(database: Database) -> datetime:
    rows = database.rows(QUERIES["changes.under_way"])
    return next(millis(row["now"]) for row in rows if row["own"]).astimezone(timezone.utc)
