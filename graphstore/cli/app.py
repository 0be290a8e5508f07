"""The commands, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.main import get_command

from graphstore.cli import common
from graphstore.errors import DISTRIBUTION

__all__ = ["application", "command_line", "command_of"]

_GROUPS = {"import": "importing", "export": "exporting", "spool": "spool"}
"""The groups of commands, and the module of each."""
_COMMANDS: Mapping[str, Sequence[str]] = {
    "demo": ("demo",),
    "latest": ("latest",),
    "lineage": ("lineage",),
    "explain": ("explain",),
    "tracing": ("impact", "diff", "common-ancestors"),
    "search": ("search",),
    "records": ("show", "artifacts", "executions", "contexts", "types"),
    "runs": ("can-rerun", "compare", "history", "runs"),
    "production": ("production",),
    "log": ("log",),
    "queries": ("query",),
    "recording": ("cache", "verify", "doctor", "flush"),
    "deleting": ("delete", "retain", "erase"),
    "sealing": ("key", "seal", "prove"),
    "backups": ("backup", "restore"),
    "ui": ("ui",),
    "serving": ("serve",),
    "server": ("up", "status", "down", "logs", "stores", "rm"),
    "browsing": ("browser",),
}
"""The commands of each module, in the order of the help."""
_MODULES = {name: module for module, names in _COMMANDS.items() for name in names}


def command_of(arguments: Sequence[str]) -> str | None:
    """The command or group that a command line is about; None if it names none at its beginning."""
    first = arguments[0] if arguments else ""
    return first if first in _MODULES or first in _GROUPS else None


def application(only: str | None = None) -> typer.Typer:
    """The command line.

    Args:
        only: The command or group that it is to have, so that no other is loaded; None for all,
            which the help lists, and mistyped names are compared with.
    """
    app = typer.Typer(
        name="graphstore",
        help="A provenance store for machine learning on Neo4j: what ran, what came out, and where"
        " a model came from.",
        no_args_is_help=True,
        # A traceback of ours shows local variables, and one of them may be a password.
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name, module in _GROUPS.items():
        if only in (None, name):
            app.add_typer(_load(module).app, name=name)
    for name, module in _MODULES.items():
        if only in (None, name):
            app.command(name)(getattr(_load(module), name.replace("-", "_")))
    if only is None:
        new = _load("tracing").common_ancestors
        renamed = common.renamed_command("common", "common-ancestors", new)
        app.command("common", hidden=True)(renamed)
    return app


@cache
def command_line(only: str | None = None) -> Callable[[], object]:
    """What runs the command that `sys.argv` names, of `application`.

    Made once a process: Typer looks at the signature of every command for it, which takes longer
    than most commands.
    """
    return get_command(application(only))


def _load(module: str) -> Any:
    return import_module(f"graphstore.cli.{module}")


def _say_version(is_on: bool) -> None:
    if is_on:
        from importlib.metadata import version

        common.say(f"graphstore {version(DISTRIBUTION)}")
        raise typer.Exit()


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which version this is.", is_eager=True, callback=_say_version
        ),
    ] = False,
) -> None:
    """What stands before a command."""
