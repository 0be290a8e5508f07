"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from graphstore.cli import (
    archiving,
    backups,
    browsing,
    common,
    deleting,
    demo,
    explain,
    importing,
    latest,
    lineage,
    log,
    production,
    queries,
    recording,
    records,
    runs,
    sealing,
    server,
    serving,
    spool,
    tracing,
)
from graphstore.errors import DISTRIBUTION

__all__ = ["app"]

app = typer.Typer(
    name="graphstore",
    help="A provenance store for machine learning on Neo4j: what ran, what came out, and where a"
    " model came from.",
    no_args_is_help=True,
    # A traceback of ours shows local variables, and one of them may be a password.
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(demo.demo)
app.add_typer(importing.app, name="import")
app.add_typer(spool.app, name="spool")
for command in (
    latest.latest,
    lineage.lineage,
    explain.explain,
    tracing.impact,
    tracing.diff,
    tracing.common_ancestors,
    records.show,
    records.artifacts,
    records.executions,
    records.contexts,
    records.types,
    runs.can_rerun,
    runs.compare,
    runs.history,
    production.production,
    log.log,
    queries.query,
    recording.cache,
    recording.verify,
    recording.doctor,
    recording.flush,
    deleting.delete,
    deleting.retain,
    deleting.erase,
    sealing.key,
    sealing.seal,
    sealing.prove,
    archiving.export,
    backups.backup,
    backups.restore,
    serving.serve,
    server.up,
    server.status,
    server.down,
    server.logs,
    server.stores,
    server.rm,
    browsing.browser,
):
    app.command()(command)
app.command("common", hidden=True)(
    common.renamed_command("common", "common-ancestors", tracing.common_ancestors)
)


def _say_version(is_on: bool) -> None:
    if is_on:
        from importlib.metadata import version

        common.say(f"graphstore {version(DISTRIBUTION)}")
        raise typer.Exit()


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which version this is.", is_eager=True, callback=_say_version
        ),
    ] = False,
) -> None:
    """What stands before a command."""
