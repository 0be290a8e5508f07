"""The directive `queries FOLDER`: the files of a folder of `cypher/`, by their headers."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from graphstore.database.queries import QUERIES, folder


class Queries(SphinxDirective):
    """A section a query: what its header says, its parameters and columns, and the query itself."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        sections = []
        for name, query in QUERIES.items():
            if not name.startswith(f"{self.arguments[0]}."):
                continue
            self.env.note_dependency(str(folder() / query.path))
            header, text = split(query.text)
            section = nodes.section(ids=[name.replace(".", "-").replace("_", "-")], names=[name])
            section += nodes.title(name, "", nodes.literal(name, name))
            for paragraph in header:
                section += prose(paragraph)
            facts = {
                "Parameters": sorted(query.parameters),
                "Columns": query.returns,
            }
            for what, names in facts.items():
                if names:
                    section += prose(f"{what}: {', '.join(f'`{one}`' for one in names)}")
            # Words of Browser (`:param`) are no Cypher, hence no failure.
            section += nodes.literal_block(text, text, language="cypher", force=True)
            sections.append(section)
        if not sections:
            raise self.error(f"cypher/ has no queries in {self.arguments[0]!r}")
        return sections


def split(text: str) -> tuple[list[str], str]:
    """A file's header in paragraphs, without its lines of facts, and the query below it."""
    lines = text.splitlines()
    end = next(number for number, line in enumerate(lines) if not line.startswith("//"))
    comments = [line.removeprefix("//").removeprefix(" ") for line in lines[:end]]
    said = [line for line in comments if not re.match(r"(access|planned|returns|written): ", line)]
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", "\n".join(said))]
    return [part for part in paragraphs if part], "\n".join(lines[end:]).strip()


def prose(text: str) -> nodes.paragraph:
    """Text of a header, which is plain but for code in single quotes."""
    paragraph = nodes.paragraph()
    for number, part in enumerate(text.split("`")):
        paragraph += nodes.literal(part, part) if number % 2 else nodes.Text(part)
    return paragraph


def setup(sphinx: Any) -> dict[str, bool]:
    sphinx.add_directive("queries", Queries)
    return {"parallel_read_safe": True}
