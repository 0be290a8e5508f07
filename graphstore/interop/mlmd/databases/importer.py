"""Imports ML Metadata's databases: each a `graphstore.interop.importing.history.History`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graphstore.interop import importing
from graphstore.interop.importing.importer import import_history
from graphstore.interop.importing.report import TableReport
from graphstore.interop.mlmd.databases.file import MlmdFile
from graphstore.store import Store
from graphstore.system.progress import OnProgress, silent

__all__ = ["ImportReport", "TableReport", "import_mlmd"]


@dataclass
class ImportReport(importing.report.ImportReport):
    """What became of a file."""

    path: Path = field(kw_only=True)
    schema_version: int = field(kw_only=True)


def import_mlmd(
    store: Store, path: str | Path, *, source: str | None = None, on_progress: OnProgress = silent
) -> ImportReport:
    """Import a file of ML Metadata's SQLite backend, of schema 4 to 10.

    Several files can be imported into one store. A later copy of one is recognised by its first
    rows, whatever it is called now, unless `source` says which history it is. What the source
    changed since the last import is changed here; what was changed here since then stays.

    Args:
        store: Where to.
        path: The file; it is only read, and may be in use.
        source: The name of the history; made of the file's name if it is a new one.
        on_progress: Is told of every batch.

    Returns:
        What became of each table's rows.

    Raises:
        UnsupportedFile: If the file is none of this kind; nothing was written.
        FailedPrecondition: If it is no copy of the history that `source` names, or a copy that has
            gone its own way since; nothing was written.
    """
    with MlmdFile.open(Path(path)) as file:
        report = import_history(store, file, source=source, on_progress=on_progress)
        return ImportReport(**vars(report), path=file.path, schema_version=file.schema_version)
