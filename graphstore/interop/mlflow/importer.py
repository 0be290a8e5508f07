"""Imports MLflow's records: what its stores hold, as a history that comes in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graphstore.interop import importing
from graphstore.interop.importing.importer import import_history
from graphstore.interop.mlflow.history import MlflowHistory
from graphstore.interop.mlflow.opening import open_store
from graphstore.interop.mlflow.records import Counts
from graphstore.store import Store
from graphstore.system.progress import OnProgress, silent

__all__ = ["MlflowReport", "import_mlflow"]


@dataclass
class MlflowReport(importing.report.ImportReport):
    """What became of a store of MLflow's."""

    read: Counts = field(kw_only=True)
    """How many there are of what came in, by what MLflow calls it."""
    left_out: Counts = field(kw_only=True)
    """How many there are of what has no place in a graphstore, by table or folder: traces."""


def import_mlflow(
    store: Store,
    address: str | Path,
    *,
    source: str | None = None,
    on_progress: OnProgress = silent,
) -> MlflowReport:
    """Import what MLflow recorded: experiments, runs, metrics, datasets, models, their registry.

    MLflow need not be installed. A later copy of a store is recognised by its first experiment,
    whatever it is called now, unless `source` says which history it is; what is new or has changed
    there comes over. What was changed here since then stays.

    Args:
        store: Where to.
        address: ``sqlite:///mlflow.db``, the path of such a file, or of a folder ``mlruns``;
            ``mysql://user:password@host:port/database`` (extra ``mysql``) or ``postgresql://…``
            (extra ``postgresql``), also with a driver's name, as MLflow has it
            (``mysql+pymysql://…``). It is only read, and may be in use. The password may be in
            MYSQL_PWD, or where libpq looks: PGPASSWORD, ``~/.pgpass``.
        source: The name of the history; made of the file's name if it is a new one.
        on_progress: Is told of every batch.

    Returns:
        What became of it all.

    Raises:
        UnsupportedFile: If there is none, or it is not MLflow's.
        MissingExtra: If it is a folder, and PyYAML (extra ``mlflow``) is not installed, or on a
            server, and what reads that is not.
        FailedPrecondition: If it is no copy of the history that `source` names.
        InvalidArgument: If the address of a server cannot be right.
        NotFound: If the server has no such database.
        PermissionDenied: If the user may not read it.
        Unauthenticated: If the server refuses the user or the password.
        Unavailable: If the server does not answer, or no longer.

    Whatever it raises of these, nothing was written.
    """
    with open_store(address, on_progress) as records:
        history = MlflowHistory(records)
        report = import_history(store, history, source=source, on_progress=on_progress)
        return MlflowReport(**vars(report), read=records.counts(), left_out=records.left_out())
