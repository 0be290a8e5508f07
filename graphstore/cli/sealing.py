"""`graphstore key`, `seal`, `prove` and `verify --records`: what was recorded, signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphstore.cli.common import Json, print_json, say, with_store, write_or_print
from graphstore.errors import InvalidArgument, NotFound
from graphstore.model.refs import reference
from graphstore.system.progress import late_bar

if TYPE_CHECKING:
    from graphstore.proof.report import RecordsReport
    from graphstore.store import Store

__all__ = ["key", "prove", "seal", "verify_records"]

_SHOWN = 20
"""Problems that are printed."""


def key(
    show: Annotated[bool, typer.Option("--show", help="Print the public key of yours.")] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Make the successor of your key, signed by it, which is gone then."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Make the key that seals are signed with, and print its public half.

    The other half is in a file that you alone can read, and in no database. Give the public one to
    whoever is to check seals.
    """
    from graphstore.proof.keys import key_file, load_key, make_key, replace_key

    if show and replace:
        raise InvalidArgument("--show and --replace: give one")
    one = load_key() if show else replace_key() if replace else make_key()
    if json:
        print_json({"public": one.public, "line": one.line, "file": key_file()})
        return
    say(one.public)
    if not show:
        say(f"wrote {key_file()}: keep a copy of it where nobody else can read it", error=True)
    if replace:
        say("seal soon: until then whoever has the old key can seal in its name", error=True)


@with_store
def seal(
    store: Store,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The folder to keep seals in as files; by default one in your data folder.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Sign all that was recorded since the last seal, so that changes by hand are found.

    Copy the file that it writes to where whoever changes the database cannot.
    """
    folder = output or store.seals.folder
    with late_bar() as on_progress:
        one = store.seals.make(folder=folder, on_progress=on_progress)
    file = None if one is None else store.seals.file_of(one, folder)
    if json:
        print_json(None if one is None else {**one.to_dict(), "file": file})
    elif one is None:
        last = store.seals.list()[-1:]
        since = f" since seal {last[0].number}" if last else ""
        say(f"nothing was recorded{since} that is settled")
    else:
        say(
            f"seal {one.number}: {one.size:,} records until {one.until:%Y-%m-%d %H:%M:%S} UTC,"
            f" signed by {one.key}"
        )
        say(f"wrote {file}: keep a copy elsewhere", error=True)


@with_store
def prove(
    store: Store,
    node: Annotated[str, typer.Argument(help="An artifact (45 or a45) or an execution (e44).")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; by default a45.proof.json.")
    ] = None,
    passed_on: Annotated[
        bool, typer.Option("--passed-on", help="Follow who only passed it on, too.")
    ] = False,
) -> None:
    """Write a file that proves how something came to be to somebody who has no graphstore.

    'python check_proof.py FILE --key KEY' checks it, a script that needs nothing else:
    graphstore/check_proof.py, or 'python -m graphstore.check_proof'.
    """
    ref = reference(node, "artifact", "execution")
    text = store.seals.prove(ref, passed_on=passed_on)
    write_or_print(text.rstrip("\n"), output or Path(f"{ref.short}.proof.json"))


def verify_records(store: Store, keys: list[str], seals: Path | None, json: bool) -> None:
    """Compare the store with its seals, and print what was found."""
    folder = seals or (store.seals.folder if store.seals.folder.is_dir() else None)
    with late_bar() as on_progress:
        report = store.seals.verify(keys=keys, folder=folder, on_progress=on_progress)
    if not report.seals and not report.problem_count:
        raise NotFound("seal", "number", 1, "'graphstore seal' makes one")
    if json:
        print_json({**report.to_dict(), "passed": report.passed})
    else:
        _print(report, folder)
    if not report.passed:
        raise typer.Exit(1)


def _print(report: RecordsReport, folder: Path | None) -> None:
    for problem in report.problems[:_SHOWN]:
        say(problem)
    if report.problem_count > _SHOWN:
        say(f"... and {report.problem_count - _SHOWN:,} more; --json has a thousand")
    if report.problem_count:
        say()
    say(f"{report.same:,} records are what they were when they were sealed")
    if report.retracted:
        say(f"{report.retracted:,} of them are events that were taken back:")
        for text in report.retractions[:_SHOWN]:
            say(f"  {text}")
        if report.retracted > _SHOWN:
            say(f"  ... and {report.retracted - _SHOWN:,} more; --json has a thousand")
    if report.deleted:
        say(f"{report.deleted:,} were deleted since: what they were nobody can say any more")
    if report.erased:
        say(f"{report.erased:,} say that they were erased since: compare with what you erased")
    until = "" if report.until is None else f" until {report.until:%Y-%m-%d %H:%M:%S} UTC"
    say(f"{_count(report.seals)}{until}, signed by {', '.join(report.keys)}")
    if report.files is None:
        say("compared with no seals that are kept elsewhere: the last ones may have been cut off")
    else:
        say(f"compared with {_count(report.files)} in {folder}")
    if report.unsealed:
        say(f"not sealed yet, and not proven: {report.unsealed:,} nodes and changes since")


def _count(seals: int) -> str:
    return f"{seals:,} seal{'' if seals == 1 else 's'}"
