"""Counts the copies in `cypher/`: lines that stand in three files or more.

    python scripts/count_copies.py             the shares
    python scripts/count_copies.py --lines     and which lines these are, the most frequent first

What is counted: the lines of each `.cypher` file in a folder of `cypher/`, without blank ones and
comments, and without the spaces around them. Two lines are copies if they are equal then. A line
of less than 15 characters is grammar (`WHERE true`, `LIMIT $limit`, a brace), and a second share
leaves such lines out.

The shares are told twice. *As they run* is of all files of `cypher/`. *By hand* is of what people
write: the templates and fragments in `scripts/queries/`, and the files that have no template;
there a line that only says what is put in (`<<walks.starts()>>`), or is a statement of the
template, is no line of a query, and is left out.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from write_queries import CYPHER, ROOT, TEMPLATES, queries

FILES = 3
SHORTEST = 15

_STATEMENT = re.compile(r"(?s)\{#.*?#\}|\{%.*?%\}")
_INSERTION = re.compile(r"(<<.*?>>[,;]?\s*)+")


def lines(file: Path) -> list[str]:
    """The lines of a file that count, in order."""
    text = _STATEMENT.sub("", file.read_text(encoding="utf-8"))
    bare_lines = (line.strip() for line in text.splitlines())
    return [
        line for line in bare_lines if line and not _INSERTION.fullmatch(line) and line[:2] != "//"
    ]


def report(what: str, files: Iterable[Path], show: bool) -> None:
    """Print the share of copies among the lines of some files."""
    all_lines = [(line, file) for file in files for line in lines(file)]
    places = defaultdict(set)
    for line, file in all_lines:
        places[line].add(file)
    for shortest in (0, SHORTEST):
        long_lines = [line for line, _ in all_lines if len(line) >= shortest]
        copies = sum(len(places[line]) >= FILES for line in long_lines)
        least = f" of {shortest} characters or more" if shortest else ""
        print(f"{what}: {copies} of {len(long_lines)} lines{least}, {copies / len(long_lines):.1%}")
    if show:
        for line in sorted(places, key=lambda line: -len(places[line])):
            if len(places[line]) >= FILES:
                print(f"  {len(places[line]):3} files: {line}")


def main(arguments: list[str]) -> None:
    """Report both shares."""
    show = "--lines" in arguments
    files = sorted(CYPHER.glob("*/**/*.cypher"))
    report("as they run", files, False)
    by_template = queries()
    sources = sorted(TEMPLATES.rglob("*.cypher")) + [f for f in files if f not in by_template]
    report("by hand", sources, show)
    print(
        f"{len(by_template)} of {len(files)} files are written from templates in"
        f" {TEMPLATES.relative_to(ROOT)}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
