"""Writes a store, or what changed in it, as tables of Parquet.

The tables are in blocks of ids: a block of executions is a file of `executions`, one of their
`properties`, of `events` and of `associations`, and so on. Whoever reads all files of a table has
each row once. To bring a folder up to date the blocks are written anew that the feed of changes
names; so nothing has to be merged by whoever reads. What is to be written stands in the manifest
before the first file is touched, and leaves it block by block: an export that broke off goes on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from graphstore.database import Row
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition, MissingExtra
from graphstore.interop.files import replacing, write_whole, writing
from graphstore.interop.identity import Identity
from graphstore.interop.parquet.tables import (
    NODES,
    OWNERS,
    edge_rows,
    node_rows,
    property_rows,
    schemas,
    type_rows,
)
from graphstore.model.nodes import NodeRef
from graphstore.model.plain import Plain
from graphstore.model.types import Kind
from graphstore.storage.changes import Change, settled_until
from graphstore.storage.rows import EPOCH
from graphstore.store import Store
from graphstore.system.progress import OnProgress, Progress, silent

if TYPE_CHECKING:
    import pyarrow

__all__ = ["BLOCK", "ParquetReport", "export_parquet"]

BLOCK = 50_000
"""Ids of a block."""
_PAGE = 1_000
"""Nodes that are read at once."""
_GROUP = 100_000
"""Rows of a group within a file."""
_CHANGES = 10_000
_FORMAT = "graphstore tables"
_VERSION = 1
_MANIFEST = "manifest.json"

Block = tuple[Kind, int]
"""A kind, and which block of its ids, from 0."""


@dataclass
class ParquetReport(Plain):
    """What an export wrote."""

    path: Path
    until: datetime
    """All that was recorded before this time is in the tables; some of what came later may be."""
    was_whole: bool
    """Whether all was written, or only the blocks in which something had changed."""
    blocks: int = 0
    """How many blocks were written."""
    rows: dict[str, int] = field(default_factory=dict)
    """How many rows of each table were written."""
    series_left_out: int = 0
    """How many series of metrics the store has: they are in no table."""

    def __str__(self) -> str:
        rows = ", ".join(f"{count:,} {table}" for table, count in self.rows.items() if count)
        return rows or "nothing has changed"


def export_parquet(
    store: Store,
    folder: str | Path,
    *,
    whole: bool = False,
    on_progress: OnProgress = silent,
) -> ParquetReport:
    """Write a store as tables of Parquet, or bring such a folder up to date.

    The tables are folders: ``artifacts``, ``executions``, ``contexts``, ``properties``, ``events``,
    ``associations``, ``attributions``, ``parents``, and ``types``. All files of one together are
    the table. Others may write to the store in the meantime; who reads the folder meanwhile may see
    some blocks as they were and some as they are. Memory is that of a block.

    Args:
        store: What to read.
        folder: Where to write; a new one, or one that was written from this store.
        whole: Write all anew, as after changes by hand in Cypher, which have no time.
        on_progress: Is told how many blocks were written.

    Returns:
        What was written.

    Raises:
        FailedPrecondition: If the folder holds something else, or tables of another store; if it
            cannot be written; if somebody else is writing there; if a copy of an archive into the
            store has not ended.
        MissingExtra: If pyarrow is not installed (extra ``arrow``).
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise MissingExtra("Parquet", "arrow", "pyarrow") from None
    identity = Identity.of(store.database)
    if identity.importing is not None:
        raise FailedPrecondition(
            "an archive is being copied into this store, and that has not ended: import it again"
            " to go on, and export then"
        )
    path = Path(folder)
    with ExitStack() as stack:
        with writing(path):
            path.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_lock(path))
        manifest = _Manifest.of(path, identity.id)
        return _Export(store, path, manifest, on_progress).run(whole)


def _lock(path: Path) -> FileLock:
    lock = FileLock(path / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise FailedPrecondition(f"somebody else is exporting to {path} just now") from None
    return lock


@dataclass
class _Manifest:
    """What a folder holds, as far as it is written."""

    path: Path
    store: str
    until: str | None = None
    """Before when all that was recorded is in it, once nothing is `left`."""
    left: list[Block] = field(default_factory=list)
    """The blocks that are to be written still."""

    @classmethod
    def of(cls, folder: Path, store: str) -> _Manifest:
        """That of a folder; a new one if it is empty."""
        path = folder / _MANIFEST
        if not path.exists():
            if strangers := [one.name for one in folder.iterdir() if one.name != ".lock"]:
                raise FailedPrecondition(
                    f"{folder} has no {_MANIFEST} of an export, and is not empty ({strangers[0]}):"
                    " name another folder"
                )
            return cls(path, store)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            found = data["format"], data["version"]
            if found != (_FORMAT, _VERSION):
                raise ValueError(f"it is of {found[0]}, version {found[1]}")
            manifest = cls(
                path, data["store"], data["until"], [(kind, n) for kind, n in data["left"]]
            )
            if data["block"] != BLOCK:
                raise ValueError(f"its blocks have {data['block']} ids, and not {BLOCK}")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FailedPrecondition(
                f"{path} is no manifest that this graphstore reads: {error}; name another folder"
            ) from error
        if manifest.store != store:
            raise FailedPrecondition(
                f"{folder} has the tables of {manifest.store}, and this is {store}: name another"
                " folder"
            )
        return manifest

    def write(self) -> None:
        """Write it, so that an export that breaks off can go on."""
        data = {
            "format": _FORMAT,
            "version": _VERSION,
            "store": self.store,
            "block": BLOCK,
            "until": self.until,
            "left": self.left,
        }
        write_whole(self.path, json.dumps(data, indent=1) + "\n")


class _Export:
    """One export under way."""

    def __init__(
        self, store: Store, path: Path, manifest: _Manifest, on_progress: OnProgress
    ) -> None:
        self._store, self._database = store, store.database
        self._path, self._manifest, self._on_progress = path, manifest, on_progress
        self._schemas = schemas()
        self._rows = dict.fromkeys(self._schemas, 0)

    def run(self, whole: bool) -> ParquetReport:
        """Write the blocks that are to be written."""
        before = self._manifest.until
        since = None if before is None else datetime.fromisoformat(before)
        until = settled_until(self._database, since or EPOCH)
        touched = None if whole or since is None else _touched(self._store, since, until)
        blocks = {*self._manifest.left, *(self._all() if touched is None else touched)}
        order = list(NODES)
        left = sorted(blocks, key=lambda block: (order.index(block[0]), block[1]))
        # First what is to be done: if this breaks off, the next export does the rest.
        self._manifest.until, self._manifest.left = until.isoformat(), left
        self._manifest.write()
        for partial in self._path.glob("*/.*.partial"):  # of an export that was killed
            partial.unlink()
        for table in self._schemas:
            # Engines want a file of each table, and take the columns from it.
            with self._writer(table, "empty", keep=True):
                pass
        for done, block in enumerate(left):
            self._on_progress(Progress("writing tables", done, len(left), detail=NODES[block[0]]))
            self._write(*block)
            self._manifest.left = left[done + 1 :]
            self._manifest.write()
        with self._writer("types", "types") as types:
            for row in self._database.rows(QUERIES["type.list"]):
                types.add(type_rows(row["types"]))
        state = self._database.one(QUERIES["parquet.series"])
        assert state is not None
        return ParquetReport(
            self._path, until, touched is None, len(left), self._rows, state["series"]
        )

    def _all(self) -> Iterator[Block]:
        """All blocks that the store has, and all that are in the folder: what that has of nodes
        that are gone is to go."""
        state = self._database.one(QUERIES["archive.state"])
        assert state is not None
        next_ids = dict(state["next_ids"])
        for kind, table in NODES.items():
            yield from ((kind, number) for number in range(next_ids.get(kind, 1) // BLOCK + 1))
            for file in (self._path / table).glob("block-*.parquet"):
                yield kind, int(file.stem.removeprefix("block-"))

    def _write(self, kind: Kind, number: int) -> None:
        """Write a block: its edges first, so that what they lead to is there."""
        name = f"block-{number:06}"
        for table in (table for table, owner in OWNERS.items() if owner == kind):
            with self._writer(table, name) as edges:
                for row in self._pages(f"parquet.{table}", number):
                    edges.add(edge_rows(table, row["edges"]))
        with (
            self._writer(NODES[kind], name) as nodes,
            self._writer("properties", f"{kind}-{name}") as properties,
        ):
            for row in self._pages(f"parquet.{kind}s", number):
                nodes.add(node_rows(kind, row[f"{kind}s"]))
                properties.add(property_rows(kind, row[f"{kind}s"]))

    def _pages(self, query: str, number: int) -> Iterator[Row]:
        """What a query answers of a block, a thousand ids after the other."""
        end = (number + 1) * BLOCK
        for first in range(number * BLOCK, end, _PAGE):
            last = min(first + _PAGE, end) - 1
            yield from self._database.rows(QUERIES[query], first_id=first, last_id=last)

    @contextmanager
    def _writer(self, table: str, name: str, *, keep: bool = False) -> Iterator[_Rows]:
        """What writes a file of a table, which goes if there is nothing for it and it is not to be
        kept."""
        path = self._path / table / f"{name}.parquet"
        with replacing(path) as partial:
            path.parent.mkdir(exist_ok=True)
            with closing(_Rows(partial, self._schemas[table])) as rows:
                yield rows
                if keep or rows.waiting:
                    rows.flush()
        self._rows[table] += rows.count


class _Rows:
    """Rows on their way into a file, a group at a time; without any there is no file."""

    def __init__(self, path: Path, schema: pyarrow.Schema) -> None:
        self._path, self._schema = path, schema
        self._file: pyarrow.parquet.ParquetWriter | None = None
        self.waiting: list[dict[str, Any]] = []
        """Those that no group has yet."""
        self.count = 0
        """How many were added."""

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows."""
        before = len(self.waiting)
        self.waiting += rows
        self.count += len(self.waiting) - before
        if len(self.waiting) >= _GROUP:
            self.flush()

    def flush(self) -> None:
        """Write what waits; the file, if there is none."""
        import pyarrow
        import pyarrow.parquet

        if self._file is None:
            self._file = pyarrow.parquet.ParquetWriter(self._path, self._schema)
        self._file.write_table(pyarrow.Table.from_pylist(self.waiting, self._schema))
        self.waiting = []

    def close(self) -> None:
        """End the file."""
        if self._file is not None:
            self._file.close()


def _touched(store: Store, since: datetime, until: datetime) -> set[Block] | None:
    """The blocks in which something was recorded, changed, deleted or erased; None if nobody knows:
    of what was purged nobody knows the edges."""
    blocks: set[Block] = set()
    while since < until:
        page = store.changes(since=since, until=until, limit=_CHANGES, settled=True)
        for change in page:
            if change.purged:
                return None
            if change.node.kind in NODES:  # types are written whole each time
                owner = _owner(change)
                blocks.add((owner.kind, owner.id // BLOCK))
        assert page.until is not None
        if page.until <= since:
            break
        since = page.until
    return blocks


def _owner(change: Change) -> NodeRef:
    """The node with whose block it is written; see `OWNERS`."""
    ends = [change.node] if change.other is None else [change.node, change.other]
    for kind in NODES:  # executions have their events, artifacts what is left of theirs
        for end in ends:
            if end.kind == kind:
                return end
    raise AssertionError(change)
