"""Reads an archive into a store: exactly into an empty one, by what is the same into another."""

from __future__ import annotations

from pathlib import Path

from graphstore.errors import FailedPrecondition
from graphstore.interop.archive.exact import Copy, begin
from graphstore.interop.archive.file import ArchiveFile
from graphstore.interop.archive.merge import Merge
from graphstore.interop.archive.report import ArchiveReport
from graphstore.interop.archive.steps import Steps
from graphstore.interop.identity import Identity
from graphstore.store import Store
from graphstore.system.progress import OnProgress, silent

__all__ = ["import_archive"]


def import_archive(
    store: Store, path: str | Path, *, on_progress: OnProgress = silent
) -> ArchiveReport:
    """Import an archive that `export_archive` wrote.

    All of it is read and checked first. An empty store becomes a copy: ids and all else stay as
    they were. In one that has something, what comes is new or is what is there already: types by
    kind, name and version, contexts by type and name, artifacts and executions by the store that
    they began in and their id there, or by their external id. New things get ids of this store.
    What the archive has newer is updated, and what was changed here since stays. An import that
    was interrupted goes on if it is done again.

    Args:
        store: Where to.
        path: The archive.
        on_progress: Is told of every batch.

    Returns:
        What became of it.

    Raises:
        UnsupportedFile: If it is no archive, is damaged, or of a newer version; nothing was
            written.
        FailedPrecondition: If it cannot be read; if it and this store have gone their own ways
            since they had one history; if the copy of another archive into this store has begun
            and not ended. Nothing was written.
    """
    with ArchiveFile(Path(path)) as file:
        steps = Steps(file.path.name, file.lines, on_progress)
        steps.begin("checking")
        file.check(steps.tell)
        steps.begin("importing")
        copy = begin(store, file)
        own = copy or Identity.of(store.database)
        if own.importing is None:
            return Merge(store, file, own, steps).run()
        if own.importing != file.id:
            raise FailedPrecondition(
                "another archive is being copied into this store, and that has not ended: import"
                " that one again first"
            )
        try:
            return Copy(store, file, own.line, steps).run()
        finally:
            store.ids.forget()
            store.types.forget()
