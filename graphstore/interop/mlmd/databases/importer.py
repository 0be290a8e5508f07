"""Imports ML Metadata's databases: each a `graphstore.interop.importing.history.History`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from graphstore.interop import importing
from graphstore.interop.databases.address import Address, is_address
from graphstore.interop.importing.importer import import_history
from graphstore.interop.importing.report import TableReport
from graphstore.interop.mlmd.databases.file import MlmdFile
from graphstore.interop.mlmd.databases.mysql import opened_mysql
from graphstore.interop.mlmd.databases.postgresql import opened_postgresql
from graphstore.interop.mlmd.databases.tables import MlmdTables
from graphstore.store import Store
from graphstore.system.progress import OnProgress, silent

__all__ = ["ImportReport", "TableReport", "import_mlmd"]


@dataclass
class ImportReport(importing.report.ImportReport):
    """What became of a file or a database."""

    path: Path | None = field(kw_only=True)
    """The file; None of a database, whose address without its password is `place`."""
    schema_version: int = field(kw_only=True)


def import_mlmd(
    store: Store,
    path: str | Path,
    *,
    source: str | None = None,
    separate: bool = False,
    keep_ids: bool = False,
    on_progress: OnProgress = silent,
) -> ImportReport:
    """Import a history of ML Metadata, of schema 4 to 10: a SQLite file, or a database of MySQL,
    MariaDB or PostgreSQL.

    Several can be imported into one store. A later copy of one is recognised by its first rows,
    whatever it is called now and wherever it is kept, unless `source` says which history it is.
    What the source changed since the last import is changed here; what was changed here since then
    stays. An import that breaks off is done again, and goes on.

    Args:
        store: Where to.
        path: The file, or an address: ``mysql://user:password@host:port/database`` (extra
            ``mysql``) or ``postgresql://…`` (extra ``postgresql``). It is only read, as of one
            moment, and may be in use. The password may be in MYSQL_PWD, or where libpq looks:
            PGPASSWORD, ``~/.pgpass``.
        source: The name of the history; made of the name of the file or the database if it is a
            new one.
        separate: Whether its contexts are its own. Else those of one type and name are one, also
            with those of other histories, as they are in ML Metadata: a strangers' pipeline of
            the same name, too.
        keep_ids: Whether artifacts, executions and contexts have the ids that they have there: into
            an empty store only. Else ids within values that are known (Kubeflow's
            ``parent_dag_id``, TFX's ``current_model_id``, …) become those of the store, with the
            original beside them in ``…_in_source``.
        on_progress: Is told of every batch.

    Returns:
        What became of each table's rows.

    Raises:
        FailedPrecondition: If it is no copy of the history that `source` names, or a copy that has
            gone its own way since; if an earlier copy was not imported `separate`, or the store is
            not empty and ids are to be kept; nothing was written.
        InvalidArgument: If the address cannot be right.
        MissingExtra: If the package that reads such a database is not installed.
        NotFound: If the server has no such database.
        PermissionDenied: If the user may not read it.
        Unauthenticated: If the server refuses the user or the password.
        Unavailable: If the server does not answer, or no longer; what was imported stays.
        UnsupportedFile: If the file or the database is none of this kind; nothing was written.
    """
    with _opened(path) as tables:
        report = import_history(
            store,
            tables,
            source=source,
            separate=separate,
            keep_ids=keep_ids,
            on_progress=on_progress,
        )
        return ImportReport(
            **vars(report),
            path=tables.path if isinstance(tables, MlmdFile) else None,
            schema_version=tables.schema_version,
        )


@contextmanager
def _opened(path: str | Path) -> Iterator[MlmdTables]:
    if not is_address(path):
        with MlmdFile.open(Path(path)) as file:
            yield file
        return
    address = Address.parse(str(path))
    opened = opened_mysql if address.kind == "mysql" else opened_postgresql
    with opened(address) as tables:
        yield tables
