"""The directive `commands`: every command of `graphstore`, with all that its parser knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from graphstore.cli.app import application


def commands(command: Any, parent: Any = None, name: str = "graphstore") -> Iterator[Any]:
    """The contexts of the commands below one, in the order of the help; groups go before theirs."""
    context = command.context_class(command, info_name=name, parent=parent)
    yield context
    for word in command.list_commands(context) if hasattr(command, "list_commands") else ():
        below = command.get_command(context, word)
        if not below.hidden:
            yield from commands(below, context, word)


class Commands(SphinxDirective):
    """A section a command: its help, how it is used, and its arguments and options."""

    def run(self) -> list[nodes.Node]:
        sections = []
        for context in commands(typer.main.get_command(application())):
            path, command = context.command_path, context.command
            section = nodes.section(ids=[path.replace(" ", "-")], names=[path])
            section += nodes.title(path, "", nodes.literal(path, path))
            for paragraph in (command.help or "").split("\n\n"):
                section += self.prose(" ".join(paragraph.split()))
            usage = f"{path} {' '.join(command.collect_usage_pieces(context))}"
            section += nodes.literal_block(usage, usage, language="none")
            records = [
                record
                for parameter in command.get_params(context)
                if (record := parameter.get_help_record(context)) is not None
            ]
            if records:
                section += self.table(records)
            sections.append(section)
        return sections

    def table(self, records: list[tuple[str, str]]) -> nodes.definition_list:
        """What each argument or option is for."""
        table = nodes.definition_list()
        for spelling, meaning in records:
            table += nodes.definition_list_item(
                "",
                nodes.term("", "", nodes.literal(spelling, spelling)),
                nodes.definition("", self.prose(meaning)),
            )
        return table

    def prose(self, text: str) -> nodes.paragraph:
        """Text of the help, which is plain but for options, and code in single quotes."""
        paragraph = nodes.paragraph()
        text = re.sub(r"(?<![`\w-])--[a-z][a-z-]*", r"`\g<0>`", text)
        for number, part in enumerate(text.split("`")):
            paragraph += nodes.literal(part, part) if number % 2 else nodes.Text(part)
        return paragraph


def setup(sphinx: Any) -> dict[str, bool]:
    sphinx.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
