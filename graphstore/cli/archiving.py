"""`graphstore export`: a store, or a part of it, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphstore.cli.common import AsOf, Json, print_json, say, then, with_store
from graphstore.system.progress import late_bar

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["export"]


@with_store
def export(
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
    """Write the store to an archive, which 'graphstore import archive' reads."""
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
