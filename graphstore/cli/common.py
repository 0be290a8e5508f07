"""What the commands share: which store, and how answers are printed."""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, TypeVar

import typer
from rich.console import (
    Console,
    ConsoleOptions,
    ConsoleRenderable,
    RenderHook,
    RenderResult,
)
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from graphstore.errors import InvalidArgument
from graphstore.model.plain import in_json
from graphstore.model.times import moment, moment_or_day, when
from graphstore.printable import one_line, printable, printable_json

if TYPE_CHECKING:
    from graphstore.model.times import KnownAt
    from graphstore.store import Store

__all__ = [
    "AsOf",
    "DatabaseName",
    "Json",
    "Limit",
    "MaxNodes",
    "On",
    "StoreName",
    "Uri",
    "console",
    "format_of",
    "json_text",
    "local_name",
    "moment",
    "moment_or_day",
    "old_option",
    "print_json",
    "print_table",
    "program",
    "renamed_command",
    "renamed_value",
    "say",
    "say_renamed",
    "store_name",
    "then",
    "when",
    "with_store",
    "write_or_print",
]

StoreName = Annotated[
    str | None,
    typer.Option("--store", help="A local store, by name.", show_default="default"),
]
Uri = Annotated[
    str | None,
    typer.Option(
        "--uri",
        help="A Neo4j by its address, in place of a local store. User and password come from"
        " NEO4J_USERNAME and NEO4J_PASSWORD; NEO4J_URI says the same for every command.",
    ),
]
DatabaseName = Annotated[
    str | None, typer.Option("--database", help="The database at that address.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="As the store had it at this time (UTC), 2026-01-31 or 2026-01-31T12:00, or at"
        " a seal: seal:3.",
    ),
]
On = Annotated[
    str | None,
    typer.Option(
        "--on",
        help="On this day, at its end, or at this time (UTC): 2026-01-31 or 2026-01-31T12:00.",
    ),
]
Limit = Annotated[int, typer.Option("--limit", "-n", help="So many at most.", min=1)]
MaxNodes = Annotated[int, typer.Option(help="Nodes to look at, the nearest ones.", min=1)]

P = ParamSpec("P")
F = TypeVar("F")


def old_option(spelling: str, *, least: int = 1) -> Any:
    """A number's option by the name that it had before: hidden, and taken for one release."""
    return typer.Option(spelling, hidden=True, min=least)


def renamed_command(old: str, new: str, command: Callable[..., None]) -> Callable[..., None]:
    """A command by the name that it had before, for one release: it says the new one."""

    @functools.wraps(command)
    def call_by_new_name(**options: Any) -> None:
        say_renamed(f"graphstore {old}", f"graphstore {new}")
        command(**options)

    return call_by_new_name


def say_renamed(old: str, new: str) -> None:
    """Say that a name has become another, on standard error."""
    say(
        f"graphstore: {old} is called {new} now; the old name goes with the next release",
        error=True,
    )


def renamed_value(old: str, old_value: F | None, new: str, value: F) -> F:
    """The value of an option that has had another spelling; says so to who gave that."""
    if old_value is None:
        return value
    say_renamed(old, new)
    return old_value


def store_name(name: str | None) -> str:
    """The local store that a command is about; whoever names none may have set GRAPHSTORE_STORE."""
    # An empty name is a mistake, say a variable that is not set, and no way to say the default.
    return name if name is not None else os.environ.get("GRAPHSTORE_STORE") or "default"


def local_name(name: str | None) -> str:
    """The local store that a command about local stores is about; says so where that surprises."""
    if address := os.environ.get("NEO4J_URI"):
        where = address.rpartition("@")[2]
        say(
            f"graphstore: this is about the local store {store_name(name)!r}; NEO4J_URI is set, so"
            f" that commands without --store ask the server at {where}",
            error=True,
        )
    return store_name(name)


def console() -> Console:
    """Where answers go. Wide where it is no terminal, since nobody wants files wrapped at 80."""
    out = Console(highlight=False)
    if not out.is_terminal:
        out = Console(highlight=False, width=200)
    out.push_render_hook(_Printable())
    return out


class _Printable(RenderHook):
    """Lets nothing but rich itself steer the terminal."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """As rich has it."""
        return [_Shown(one) for one in renderables]


class _Shown:
    """Something that is printed, in text that a terminal shows as it is."""

    def __init__(self, what: ConsoleRenderable) -> None:
        self._what = what

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._what, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


def say(text: object = "", *, end: str = "\n", error: bool = False) -> None:
    """Print text, on standard error if it is no answer; nothing in it steers the terminal."""
    print(printable(str(text)), end=end, file=sys.stderr if error else sys.stdout)


def with_store(
    command: Callable[Concatenate[Store, P], None], *, create: bool = False
) -> Callable[..., None]:
    """A command that also takes the options that say which store, and opens it.

    Args:
        command: What to do with the store.
        create: Whether to make a local store that does not exist, as what records does; who only
            asks has mistyped its name.
    """

    @functools.wraps(command)
    def open_and_call(
        *arguments: Any, store: str | None, uri: str | None, database: str | None, **options: Any
    ) -> None:
        from graphstore.store import Store

        with Store.open(uri, name=store, database=database, create=create) as which:
            command(which, *arguments, **options)

    # The name Store is only there for type checkers: importing it would slow down every --help.
    # Not by get_type_hints: on Python 3.10 that wraps what may be None once more, which typer does
    # not see through.
    hints = inspect.get_annotations(command, eval_str=True, locals={"Store": object})
    first, *own = inspect.signature(command).parameters.values()
    options_of_store = {"store": StoreName, "uri": Uri, "database": DatabaseName}
    parameters = [
        *(parameter.replace(annotation=hints[parameter.name]) for parameter in own),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint)
            for name, hint in options_of_store.items()
        ),
    ]
    open_and_call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    open_and_call.__annotations__ = {**hints, **options_of_store}
    del open_and_call.__annotations__[first.name]
    return open_and_call


def print_json(value: Any) -> None:
    """Print a value as JSON, in text that any program reads; NaN and infinities as strings."""
    say(json_text(value))


def json_text(value: Any) -> str:
    """What `print_json` prints."""
    text = json.dumps(in_json(value), ensure_ascii=False, indent=2, allow_nan=False)
    return printable_json(text)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", empty: str
) -> None:
    """Print rows as a table, or `empty` if there are none; a column ``#...`` is aligned right."""
    table = Table(
        title=printable(title) or None,
        title_justify="left",
        header_style="bold",
        box=None,
        pad_edge=False,
    )
    for column in columns:
        table.add_column(
            column.lstrip("#"),
            justify="right" if column.startswith("#") else "left",
            overflow="fold",
        )
    for row in rows:
        # Text, since what users call things is no markup.
        table.add_row(*(one if isinstance(one, Text) else Text(_cell(one)) for one in row))
    if table.row_count:
        console().print(table)
    else:
        console().print(Text(empty))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return when(value) if isinstance(value, datetime) else one_line(str(value))


def then(store: Store, text: str | None) -> KnownAt | None:
    """The time that ``--as-of`` says, or the seal; None for now.

    Raises:
        NotFound: If there is no such seal.
        InvalidArgument: If it says neither.
    """
    return None if text is None else store.seals.moment("--as-of", text)


def program() -> str:
    """How the user calls this program: its name if that is enough, else its path."""
    path = sys.argv[0]
    return "graphstore" if which("graphstore") or "/" not in path else path


def format_of(output: Path | None, choice: F | None, by_ending: Mapping[str, F], default: F) -> F:
    """How to write: as was asked, else as the ending of the file's name says.

    Raises:
        InvalidArgument: If the ending is that of no format, and none was asked for.
    """
    if choice is not None:
        return choice
    ending = output.suffix.lower() if output else ""
    if ending and ending not in by_ending:
        endings = ", ".join(by_ending)
        raise InvalidArgument(
            f"{output}: {ending} is no format; the endings are {endings} (or name one: --format)"
        )
    return by_ending.get(ending, default)


def write_or_print(text: str, output: Path | None) -> None:
    """Write text to a file and say so, or print it."""
    if output is None:
        say(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
        say(f"wrote {output}", error=True)
