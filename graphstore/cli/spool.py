"""`graphstore spool`: what is kept on this machine's disk, for whatever store."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from graphstore.cli.common import Json, print_json, print_table, say, when
from graphstore.errors import InvalidArgument
from graphstore.recording import held as on_disk
from graphstore.recording.held import Held

__all__ = ["app"]

app = typer.Typer(
    help="Look after records that are on this machine's disk, and in no store.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Ids = Annotated[
    list[str] | None,
    typer.Argument(help="Which, by the ids that `spool list` shows.", show_default=False),
]
All = Annotated[bool, typer.Option("--all", help="All that was set aside.")]


@app.command("list")
def list_(json: Json = False) -> None:
    """List what waits for a store that did not answer, and what was set aside, for every store.

    No store is asked. `graphstore flush` delivers what waits.
    """
    spools = on_disk.all_held()
    if json:
        print_json([one.to_dict() for one in spools])
        return
    print_table(
        ("id", "store", "", "#records", "since (UTC)", "why"),
        (
            (one.id, one.address or "?", one.state, one.records, when(one.since), one.why)
            for one in spools
        ),
        empty="nothing is kept on the disk",
    )


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="Which, by its id.", show_default=False)],
) -> None:
    """Print what is kept under an id, as it stands in its file, and where that is."""
    (one,) = on_disk.find([id])
    for line in one.path.read_bytes().splitlines():
        say(ascii(line.decode(errors="backslashreplace"))[1:-1])
    typer.echo(f"\n{one.path}" + (f"\n{one.why}" if one.why else ""), err=True)


@app.command()
def retry(ids: Ids = None, all_: All = False, json: Json = False) -> None:
    """Let wait again what was set aside, so that the next `flush` delivers it.

    What was mended by hand in its file is taken as it is now.
    """
    spools = _choose(ids, all_)
    for one in spools:
        on_disk.retry(one)
    _say_result("wait again, for the next `graphstore flush`", spools, json)


@app.command()
def drop(
    ids: Ids = None,
    all_: All = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Throw away what waits or was set aside: it will be in no store."""
    spools = _choose(ids, all_)
    count = sum(one.records for one in spools)
    if spools and not yes:
        if not sys.stdin.isatty():
            raise InvalidArgument("nobody is there to be asked: say --yes, or leave it")
        typer.confirm(f"throw {count} records away, which are nowhere else?", abort=True, err=True)
    for one in spools:
        on_disk.drop(one)
    _say_result("are thrown away", spools, json)


def _choose(ids: list[str] | None, all_: bool) -> list[Held]:
    if bool(ids) == all_:
        raise InvalidArgument("say which: by id, or --all that was set aside")
    if ids:
        return on_disk.find(ids)
    return [one for one in on_disk.all_held() if one.is_aside]


def _say_result(what: str, spools: list[Held], json: bool) -> None:
    count = sum(one.records for one in spools)
    if json:
        answer: dict[str, Any] = {"ids": [one.id for one in spools], "records": count}
        print_json(answer)
    else:
        say(f"{count} records {what}")
