"""`graphstore import`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypeVar

import typer

from graphstore.cli.common import Json, console, print_json, print_table, with_store
from graphstore.system.progress import bar, late_bar

if TYPE_CHECKING:
    from graphstore.interop import importing
    from graphstore.interop.archive import ArchiveReport
    from graphstore.interop.mlflow import MlflowReport
    from graphstore.interop.mlmd.databases.importer import ImportReport
    from graphstore.interop.openlineage import OpenLineageReport
    from graphstore.interop.prov import ProvReport
    from graphstore.store import Store

__all__ = ["app", "print_report"]

app = typer.Typer(help="Import what others recorded.", no_args_is_help=True)


@app.command()
@partial(with_store, create=True)
def mlmd(
    store: Store,
    file: Annotated[
        str,
        typer.Argument(
            help="A SQLite file of ML Metadata, schema 4 to 10, or the address of its database:"
            " mysql://user:password@host:port/database or postgresql://… (a password may be in"
            " MYSQL_PWD or PGPASSWORD instead, where no list of processes shows it)."
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            help="The name of the history that the file is a copy of. By default it is recognised"
            " by its first rows, and a new one is named after the file or the database."
        ),
    ] = None,
    separate: Annotated[
        bool,
        typer.Option(
            "--separate",
            help="Its contexts are its own: else pipelines and runs of one name are one, also with"
            " those of other histories.",
        ),
    ] = False,
    keep_ids: Annotated[
        bool,
        typer.Option("--keep-ids", help="Nodes have the ids of the history: in an empty store."),
    ] = False,
    json: Json = False,
) -> None:
    """Import ML Metadata's history: all of it, once; a later copy adds what is new."""
    from graphstore.interop.mlmd.databases.importer import import_mlmd

    with bar() as on_progress:
        report = import_mlmd(
            store,
            file,
            source=source,
            separate=separate,
            keep_ids=keep_ids,
            on_progress=on_progress,
        )
    facts = {
        "source": report.source,
        "schema_version": report.schema_version,
        "agrees": report.agrees,
        "tables": {name: vars(table) for name, table in report.tables.items()},
        "problems": report.problems,
        "problem_count": report.problem_count,
        "translated": report.translated,
        "like_ids": report.like_ids,
    }
    _end(report, facts if json else None, print_report)


@app.command()
@partial(with_store, create=True)
def mlflow(
    store: Store,
    address: Annotated[
        str,
        typer.Argument(
            help="MLflow's records: 'sqlite:///mlflow.db', the path of such a file, or of a folder"
            " 'mlruns'; 'mysql://USER@HOST/DATABASE' or 'postgresql://…', with the password in"
            " MYSQL_PWD or PGPASSWORD.",
            show_default=False,
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            help="The name of the history that these are a copy of. By default it is recognised by"
            " its first experiment, and a new one is named after the file, the database or the"
            " folder."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Import MLflow's history: all of it, once; a later copy adds what is new."""
    from graphstore.interop.mlflow import import_mlflow

    with bar() as on_progress:
        report = import_mlflow(store, address, source=source, on_progress=on_progress)
    _end(report, report.to_dict() if json else None, _print_mlflow_report)


@app.command()
@partial(with_store, create=True)
def openlineage(
    store: Store,
    file: Annotated[
        Path,
        typer.Argument(
            help="A file of OpenLineage's events: one as JSON a line, or a JSON list of them; gzip"
            " too. It may grow, and be imported again."
        ),
    ],
    json: Json = False,
) -> None:
    """Import OpenLineage's events, in any order: what is known adds nothing."""
    from graphstore.interop.openlineage import import_openlineage

    with bar() as on_progress:
        report = import_openlineage(store, file, on_progress=on_progress)
    _end(report, vars(report) if json else None, _print_openlineage_report)


@app.command()
@partial(with_store, create=True)
def prov(
    store: Store,
    file: Annotated[Path, typer.Argument(help="A document of W3C PROV.")],
    format: Annotated[
        Literal["json", "jsonld", "provn", "xml", "rdf"] | None,
        typer.Option(
            "--format",
            "-f",
            help="In which serialisation of PROV; rdf is TriG.",
            show_default="what the ending of the file says",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            help="The name of the document, by which a later copy is known.",
            show_default="that of the file",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Import a document of W3C PROV; 'graphstore export prov' gives it back."""
    from graphstore.interop.prov import import_prov

    with bar() as on_progress:
        report = import_prov(store, file, format=format, source=source, on_progress=on_progress)
    _end(report, report.to_dict() if json else None, _print_prov_report)


@app.command()
@partial(with_store, create=True)
def archive(
    store: Store,
    file: Annotated[Path, typer.Argument(help="A file that 'graphstore export archive' wrote.")],
    json: Json = False,
) -> None:
    """Import an archive: an empty store becomes a copy, another one gets what it has not."""
    from graphstore.interop.archive import import_archive

    with late_bar() as on_progress:
        report = import_archive(store, file, on_progress=on_progress)
    _end(report, report.to_dict() if json else None, _print_archive_report)


R = TypeVar("R", bound="_Report")


class _Report(Protocol):
    """What every import tells."""

    @property
    def agrees(self) -> bool:
        """Whether all that was read is accounted for."""


def _end(report: R, facts: Mapping[str, Any] | None, show: Callable[[R], None]) -> None:
    """Print a report, or these facts of it as JSON; the command fails if it does not agree."""
    if facts is not None:
        print_json({**facts, "agrees": report.agrees})
    else:
        show(report)
    if not report.agrees:
        raise typer.Exit(1)


def _print_openlineage_report(report: OpenLineageReport) -> None:
    """Print what became of the events."""
    console().print(
        f"Read: {report.read:,} events; taken: {report.taken:,}; refused: {report.refused:,}.",
        highlight=False,
    )
    _print_problems(report.problems, report.refused)


def _print_mlflow_report(report: MlflowReport) -> None:
    """Print what became of MLflow's records, and what of them has no place."""
    read = ", ".join(f"{count:,} {what}" for what, count in report.read.items() if count)
    console().print(f"Read: {read or 'nothing'}.", highlight=False)
    _print_tables(report, f"{report.place} is {report.source!r} in the store")
    if report.left_out:
        left_out = ", ".join(f"{count:,} {what}" for what, count in report.left_out.items())
        console().print(f"Not imported, since a store has no place for it: {left_out}.")
    _print_accounts(report)


def _print_prov_report(report: ProvReport) -> None:
    """Print what became of a document, and which of its relations are no edges."""
    read = ", ".join(f"{count:,} {kind}" for kind, count in report.read.items())
    console().print(f"Read: {read}.", highlight=False)
    standing = f", {report.document}" if report.document else ", whose context was deleted"
    _print_tables(report, f"{report.place} is {report.source!r} in the store{standing}")
    if report.kept_as_json:
        kept = ", ".join(f"{count:,} {kind}" for kind, count in report.kept_as_json.items())
        console().print(f"Kept as JSON, since no edge says it, or not all of it: {kept}.")
    _print_accounts(report)


def _print_archive_report(report: ArchiveReport) -> None:
    """Print what became of each kind of nodes and edges."""
    what = "the store is a copy of" if report.exact else "came into the store from"
    print_table(
        ["of", "#read", "#new", "#updated", "#there already", "#left out"],
        [
            (f"{kind}s", one.read, one.created, one.updated, one.unchanged, one.left_out)
            for kind, one in report.counts.items()
        ],
        title=f"{report.path.name}: {what} {report.source}",
        empty="",
    )
    _print_problems(report.problems, report.problem_count)
    if report.agrees:
        console().print("All that was read is accounted for.")
    else:
        console().print("Not all that was read is in the store.")


def print_report(report: ImportReport) -> None:
    """Print what became of each table's rows."""
    name = report.path.name if report.path else report.place
    title = f"{name} (ML Metadata's schema {report.schema_version})"
    _print_tables(report, f"{title} is {report.source!r} in the store")
    _print_accounts(report)


def _print_tables(report: importing.report.ImportReport, title: str) -> None:
    print_table(
        ["table", "#read", "#new", "#updated", "#there already", "#left out", "#in the store"],
        [
            (
                name,
                table.read,
                table.created,
                table.updated,
                table.unchanged,
                table.left_out,
                "" if table.in_store is None else table.in_store,
            )
            for name, table in report.tables.items()
        ],
        title=title,
        empty="",
    )


def _print_accounts(report: importing.report.ImportReport) -> None:
    """Print what was met, and whether all is accounted for."""
    _print_problems(report.problems, report.problem_count)
    out = console()
    if report.translated:
        out.print(
            f"{report.translated} ids within values are those of the store now; properties that end"
            " in _in_source have the original."
        )
    if report.like_ids:
        names = ", ".join(f"{name} ({count})" for name, count in report.like_ids.items())
        out.print(
            f"Whole numbers that equal an id of the history, and are as they were: {names}. If they"
            " are ids, they are those of the history.",
            soft_wrap=True,
        )
    if report.agrees:
        out.print("Every row that was read is accounted for.")
    else:
        out.print("The counts do not agree: not every row that was read is in the store.")


def _print_problems(problems: Sequence[str], count: int) -> None:
    out = console()
    for problem in problems[:20]:
        out.print(f"  - {problem}", markup=False)
    if count > 20:
        out.print(f"  and {count - 20} more")
