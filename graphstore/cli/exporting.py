"""`graphstore export`: a store, or a lineage, in the formats of others and in our own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphstore.cli.common import (
    AsOf,
    Json,
    format_of,
    print_json,
    say,
    then,
    with_store,
    write_or_print,
)
from graphstore.model.refs import reference
from graphstore.system.progress import late_bar

if TYPE_CHECKING:
    from graphstore.interop.exporting.report import Document, Exported
    from graphstore.store import Store

__all__ = ["app", "say_what_is_missing"]

app = typer.Typer(
    help="Write a store to an archive or as tables, a lineage for auditors (PROV, RO-Crate, SLSA),"
    " or events.",
    no_args_is_help=True,
)

Node = Annotated[
    str,
    typer.Argument(
        help="An artifact (45 or a45), an execution (e44) or a context, a run say (c3).",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="A file, in place of the terminal.")
]
MaxNodes = Annotated[
    int, typer.Option(help="Artifacts and executions at most, the nearest ones.", min=1)
]
PassedOn = Annotated[bool, typer.Option("--passed-on", help="Follow who only passed it on, too.")]
Format = Literal["json", "jsonld", "provn", "xml", "rdf"]

_BY_ENDING: dict[str, Format] = {
    ".json": "json",
    ".jsonld": "jsonld",
    ".provn": "provn",
    ".xml": "xml",
    ".trig": "rdf",
}
_SHOWN = 5


@app.command()
@with_store
def archive(
    store: Store,
    file: Annotated[Path, typer.Argument(help="The file to write, say history.zip.")],
    pipeline: Annotated[
        str | None,
        typer.Option(help="Only this pipeline: its runs, what belongs to them, what they read."),
    ] = None,
    lineage: Annotated[
        str | None,
        typer.Option(
            help="Only an artifact (45 or a45) or an execution (e44), what it was made from and"
            " what it reached."
        ),
    ] = None,
    as_of: AsOf = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file.")] = False,
    json: Json = False,
) -> None:
    """Write the store, or a part, to a file that 'graphstore import archive' reads."""
    from graphstore.interop.archive import export_archive

    with late_bar() as on_progress:
        report = export_archive(
            store,
            file,
            pipeline=pipeline,
            lineage=lineage,
            as_of=then(store, as_of),
            force=force,
            on_progress=on_progress,
        )
    if json:
        print_json(report.to_dict())
        return
    counts = [
        *(f"{count:,} {kind}s" for kind, count in report.lines.items() if count),
        f"{sum(report.edges.values()):,} relationships",
    ]
    say(f"wrote {report.path}: {', '.join(counts)}, {report.bytes / 1e6:.1f} MB", error=True)
    if report.edges_out:
        count = sum(report.edges_out.values())
        say(f"{count:,} relationships lead to what is not in it", error=True)
    for labels, count in report.left_out.items():
        what = f"with the labels {labels}" if labels else "without labels"
        say(f"not in it: {count:,} nodes {what}, which are not graphstore's", error=True)
    if report.series_left_out:
        say(
            f"not in it: {report.series_left_out:,} series of metrics that went on after that time,"
            " and were thinned",
            error=True,
        )


@app.command()
@with_store
def prov(
    store: Store,
    node: Node,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="In which serialisation of PROV; rdf is TriG.",
            show_default="what the ending of the output says, else json",
        ),
    ] = None,
    output: Output = None,
    max_nodes: MaxNodes = 100_000,
    passed_on: PassedOn = False,
    as_of: AsOf = None,
) -> None:
    """Write a lineage as a document of W3C PROV."""
    from graphstore.interop.prov import export_prov

    document = export_prov(
        store,
        reference(node),
        format=format_of(output, format, _BY_ENDING, "json"),
        max_nodes=max_nodes,
        passed_on=passed_on,
        as_of=then(store, as_of),
    )
    _write(document, output)


@app.command()
@with_store
def rocrate(
    store: Store,
    node: Node,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The folder to make; by default a45.crate."),
    ] = None,
    files: Annotated[
        bool,
        typer.Option(
            "--files",
            help="Copy files and folders of this machine into it, if they are what was recorded.",
        ),
    ] = False,
    max_nodes: MaxNodes = 100_000,
    passed_on: PassedOn = False,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Write a lineage as a Process Run Crate, a folder."""
    from graphstore.interop.rocrate import export_rocrate

    ref = reference(node)
    crate = export_rocrate(
        store,
        ref,
        output or Path(f"{ref.short}.crate"),
        files=files,
        max_nodes=max_nodes,
        passed_on=passed_on,
        as_of=then(store, as_of),
    )
    if json:
        print_json(crate.to_dict())
        return
    copied = f", {crate.files:,} of them copied" if files else ""
    say(f"wrote {crate.path}: {crate}{copied}", error=True)
    for name, why in list(crate.not_copied.items())[:_SHOWN]:
        say(f"{name} was not copied: {why}", error=True)
    if (more := len(crate.not_copied) - _SHOWN) > 0:
        say(f"and {more:,} more were not; --json has all", error=True)
    say_what_is_missing(crate)


@app.command()
@with_store
def parquet(
    store: Store,
    folder: Annotated[Path, typer.Argument(help="The folder to write, or to bring up to date.")],
    whole: Annotated[
        bool,
        typer.Option("--whole", help="Write all anew, as after changes by hand in Cypher."),
    ] = False,
    json: Json = False,
) -> None:
    """Write the store as tables that Spark, DuckDB and pandas read."""
    from graphstore.interop.parquet import export_parquet

    with late_bar() as on_progress:
        report = export_parquet(store, folder, whole=whole, on_progress=on_progress)
    if json:
        print_json(report.to_dict())
        return
    until = report.until.strftime("%Y-%m-%d %H:%M:%S")
    say(
        f"wrote {report.path}: {report}; it has all that was recorded before {until} UTC",
        error=True,
    )
    if report.series_left_out:
        say(f"not in it: {report.series_left_out:,} series of metrics", error=True)


@app.command()
@with_store
def slsa(
    store: Store,
    node: Annotated[
        str,
        typer.Argument(
            help="An artifact (45 or a45), or an execution (e44) with all that it made.",
            show_default=False,
        ),
    ],
    output: Output = None,
    sign: Annotated[
        bool, typer.Option("--sign", help="Sign it with your key, as an envelope of DSSE.")
    ] = False,
    as_of: AsOf = None,
) -> None:
    """Write an in-toto statement of how it was built: SLSA."""
    from graphstore.interop.slsa import export_slsa
    from graphstore.proof.keys import load_key

    key = load_key() if sign else None
    ref = reference(node, "artifact", "execution")
    _write(export_slsa(store, ref, key=key, as_of=then(store, as_of)), output)


@app.command()
@with_store
def openlineage(
    store: Store,
    file: Annotated[Path, typer.Argument(help="The file to write, one event as JSON a line.")],
    node: Annotated[
        str | None,
        typer.Option(
            "--of",
            help="Only the runs of a lineage: of an artifact (45 or a45), an execution (e44) or a"
            " context, a run say (c3).",
            show_default="all",
        ),
    ] = None,
    max_nodes: MaxNodes = 100_000,
    json: Json = False,
) -> None:
    """Tell runs as OpenLineage's events; what came in by them goes out the same."""
    from graphstore.interop.openlineage import export_openlineage

    of = None if node is None else reference(node)
    report = export_openlineage(store, file, of, max_nodes=max_nodes)
    if json:
        print_json({**vars(report), "path": str(report.path)})
    else:
        say(f"wrote {file}: {report.events:,} events of {report.runs:,} runs", error=True)


def say_what_is_missing(exported: Exported) -> None:
    """Say what did not go out, on standard error."""
    if exported.missing:
        say(exported.missing, error=True)


def _write(document: Document, output: Path | None) -> None:
    if output is None:
        write_or_print(document.text.rstrip("\n"), None)
    else:
        document.write(output)
        say(f"wrote {output}: {document}", error=True)
    say_what_is_missing(document)
