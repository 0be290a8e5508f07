"""What the commands share: which store, and how answers are printed."""

from __future__ import annotations

import functools
import inspect
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, get_type_hints

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from graphstore.model.nodes import Node
    from graphstore.store import Store

__all__ = [
    "Json",
    "StoreName",
    "console",
    "print_json",
    "print_table",
    "program",
    "store_name",
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

P = ParamSpec("P")


def store_name(name: str | None) -> str:
    """The local store that a command is about; whoever names none may have set GRAPHSTORE_STORE."""
    return name or os.environ.get("GRAPHSTORE_STORE") or "default"


def console() -> Console:
    """Where answers go. Wide where it is no terminal, since nobody wants files wrapped at 80."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=200)


def with_store(command: Callable[Concatenate[Store, P], None]) -> Callable[..., None]:
    """A command that also takes the options that say which store, and opens it."""

    @functools.wraps(command)
    def opened(
        *arguments: Any, store: str | None, uri: str | None, database: str | None, **options: Any
    ) -> None:
        from graphstore.store import Store

        with Store.open(uri, name=store, database=database) as which:
            command(which, *arguments, **options)

    # The name Store is only there for type checkers: importing it would slow down every --help.
    hints = get_type_hints(command, localns={"Store": object}, include_extras=True)
    first, *own = inspect.signature(command).parameters.values()
    shared = {"store": StoreName, "uri": Uri, "database": DatabaseName}
    parameters = [
        *(parameter.replace(annotation=hints[parameter.name]) for parameter in own),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint)
            for name, hint in shared.items()
        ),
    ]
    opened.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    opened.__annotations__ = {**hints, **shared}
    del opened.__annotations__[first.name]
    return opened


def print_json(value: Any) -> None:
    """Print a value as JSON, in text that any program reads; NaN and infinities as strings."""
    json.dump(_finite(value), sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
    print()


def _finite(value: Any) -> Any:
    """`value` with what JSON has no number for spelt as Pydantic spells it."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", empty: str
) -> None:
    """Print rows as a table, or `empty` if there are none; a column ``#...`` is aligned right."""
    table = Table(
        title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False
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
    return when(value) if isinstance(value, datetime) else str(value)


def when(time: datetime | None) -> str:
    """A time as a person reads it, in UTC to the second."""
    return "" if time is None else time.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def nodes_to_json(nodes: Iterable[Node]) -> list[dict[str, Any]]:
    """Nodes as JSON has them; what is not set is left out."""
    return [
        {"kind": node.kind, **node.model_dump(mode="json", exclude_none=True)} for node in nodes
    ]


def program() -> str:
    """How the user calls this program: its name if that is enough, else its path."""
    called = sys.argv[0]
    return "graphstore" if which("graphstore") or "/" not in called else called


def write_or_print(text: str, output: Path | None) -> None:
    """Write text to a file and say so, or print it."""
    if output is None:
        print(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
        print(f"wrote {output}", file=sys.stderr)
