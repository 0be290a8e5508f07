"""Writes those files of `cypher/` that are alike from the templates in `scripts/queries/`.

    python scripts/write_queries.py             write them
    python scripts/write_queries.py --check     say which are not; exit with 1 if any

A template is a query in which some text is put in by Jinja2 (https://jinja.palletsprojects.com),
between `<<` and `>>`: Cypher is full of braces. Its path is that of the file that it becomes, whose
header names it. A name in braces stands for each of some variants: `{kind}/get.cypher` becomes
`cypher/artifact/get.cypher` and two more. What is put in goes on at the indentation of the line
that it is put into. Text that several templates share is a macro in `scripts/queries/fragments/`:
`<<times.guarded('event.time')>>` is the macro `guarded` in `times.cypher`. Files of `cypher/`
without a template are written by hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined

ROOT = Path(__file__).resolve().parents[1]
CYPHER = ROOT / "cypher"
TEMPLATES = ROOT / "scripts" / "queries"

VARIANTS: Mapping[str, tuple[str, ...]] = {
    "kind": ("artifact", "execution", "context"),
    "way": ("upstream", "downstream", "connected"),
    "direction": ("upstream", "downstream"),
    "side": ("inputs", "outputs"),
    "member": ("artifact", "execution"),
    "belonging": ("attributions", "associations"),
    "end": ("earliest", "latest"),
    "part": ("artifact", "execution", "context", "type"),
}
"""What a name in braces stands for. A template says `<<kind>>` for it, and `<<Kind>>` for it with
a capital letter."""

_RETURNS = re.compile("^// returns: .*$", re.MULTILINE)
_MARK = "// written: from scripts/queries/"


def templates() -> list[Path]:
    """The templates, without the fragments; in the order of their paths."""
    files = sorted(TEMPLATES.rglob("*.cypher"))
    return [file for file in files if file.parent != TEMPLATES / "fragments"]


def queries() -> dict[Path, tuple[str, str]]:
    """Of each file that has a template, by its path: its text, and the template's name."""
    environment = _environment()
    texts = {}
    for file in templates():
        name = file.relative_to(TEMPLATES).as_posix()
        template = environment.get_template(name)
        for words in _variants(name):
            # Its name goes into the header, for who opens the file and wants to change it.
            text = _RETURNS.sub(rf"\g<0>\n{_MARK}{name}", template.render(words))
            texts[CYPHER / name.format(**words)] = text, name
    return texts


def _variants(name: str) -> Iterator[Mapping[str, str]]:
    """The words of each variant of a template."""
    brace = re.search(r"\{(\w+)\}", name)
    if brace is None:
        yield {}
        return
    for word in VARIANTS[brace[1]]:
        yield {brace[1]: word, brace[1].capitalize(): word.capitalize()}


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        variable_start_string="<<",
        variable_end_string=">>",
    )
    for file in (TEMPLATES / "fragments").glob("*.cypher"):
        template = environment.get_template(f"fragments/{file.name}")
        environment.globals[file.stem] = template.module
    return environment


def _source(name: str) -> tuple[str, str, None]:
    """A template, whose insertions are indented as their lines are, and its path."""

    def with_indent(line: re.Match[str]) -> str:
        by = len(line[1])
        return re.sub("<<(.+?)>>", rf"<<(\1) | indent({by})>>", line[0])

    file = TEMPLATES / name
    text = file.read_text(encoding="utf-8")
    return re.sub(r"(?m)^( *).*$", with_indent, text), str(file), None


def main(arguments: list[str]) -> int:
    """Write the files, or only compare them."""
    texts = queries()
    others = [file for file, (text, _) in texts.items() if _read(file) != text]
    if "--check" not in arguments:
        for file in others:
            file.parent.mkdir(exist_ok=True)
            file.write_text(texts[file][0], encoding="utf-8")
            print(f"wrote {file.relative_to(ROOT)}")
        return 0
    for file in others:
        print(f"{file.relative_to(ROOT)} is not what scripts/queries/{texts[file][1]} says")
    if others:
        print("Change the template, not the query, and run: python scripts/write_queries.py")
    orphans = [f for f in CYPHER.rglob("*.cypher") if f not in texts and _MARK in _read(f)]
    for file in sorted(orphans):
        print(
            f"{file.relative_to(ROOT)} names a template that is not there: delete the query,"
            " or its line '// written:'"
        )
    return 1 if others or orphans else 0


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
