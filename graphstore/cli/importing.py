"""`graphstore import`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphstore.cli.common import Json, console, print_json, print_table, with_store
from graphstore.system.progress import bar

if TYPE_CHECKING:
    from graphstore.interop.mlmd.sqlite.importer import ImportReport
    from graphstore.store import Store

__all__ = ["app", "print_report"]

app = typer.Typer(help="Import what others recorded.", no_args_is_help=True)


@app.command()
@partial(with_store, create=True)
def mlmd(
    store: Store,
    file: Annotated[Path, typer.Argument(help="A SQLite file of ML Metadata, schema 4 to 10.")],
    source: Annotated[
        str | None,
        typer.Option(
            help="The name of the history that the file is a copy of. By default it is recognised"
            " by its first rows, and a new one is named after the file."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Import ML Metadata's history: all of it, once; a later copy adds what is new."""
    from graphstore.interop.mlmd.sqlite.importer import import_mlmd

    with bar() as on_progress:
        report = import_mlmd(store, file, source=source, on_progress=on_progress)
    if json:
        print_json(
            {
                "source": report.source,
                "schema_version": report.schema_version,
                "agrees": report.agrees,
                "tables": {name: vars(table) for name, table in report.tables.items()},
                "problems": report.problems,
                "problem_count": report.problem_count,
            }
        )
    else:
        print_report(report)
    if not report.agrees:
        raise typer.Exit(1)


def print_report(report: ImportReport) -> None:
    """Print what became of each table's rows."""
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
        title=f"{report.path.name} (ML Metadata's schema {report.schema_version})"
        f" is {report.source!r} in the store",
        empty="",
    )
    out = console()
    for problem in report.problems[:20]:
        out.print(f"  - {problem}", markup=False)
    if report.problem_count > 20:
        out.print(f"  and {report.problem_count - 20} more")
    if report.agrees:
        out.print("Every row that was read is accounted for.")
    else:
        out.print("The counts do not agree: not every row that was read is in the store.")
