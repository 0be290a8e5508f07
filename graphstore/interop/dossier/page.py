"""The dossier as a page: one file that loads nothing, to read on a screen and to print.

Whatever stands in it is escaped, and its policy of contents lets no script run.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from graphstore.printable import printable
from graphstore.questions.page import Part, Picture, Table

__all__ = ["Section", "page"]

_ROWS = 500
"""Rows of a table that are printed; the rest is counted."""


@dataclass(frozen=True)
class Section:
    """What is said to one point of the law."""

    key: str
    """What its heading is called in addresses."""
    point: str
    """The point: ``Annex IV, 2(d)``."""
    title: str
    asked: str
    """What it asks for, in short."""
    parts: Sequence[Part]
    unknown: Sequence[str] = ()
    """What the store does not know of it, a sentence each."""


def page(title: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section]) -> str:
    """The page.

    Args:
        title: What it is about.
        facts: What is said of the page itself, names and texts.
        sections: In order.
    """
    return "".join(
        [
            "<!doctype html><html lang=en><head><meta charset=utf-8>"
            '<meta name=viewport content="width=device-width">'
            "<meta http-equiv=Content-Security-Policy content=\"default-src 'none';"
            " style-src 'unsafe-inline'; img-src data:\">"
            f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>"
            f"<header><h1>{_text(title)}</h1><dl>",
            *(f"<div><dt>{_text(name)}</dt><dd>{_text(text)}</dd></div>" for name, text in facts),
            "</dl></header><main>",
            *_unknown(sections),
            *_contents(sections),
            *(piece for section in sections for piece in _section(section)),
            "</main></body></html>\n",
        ]
    )


def _unknown(sections: Iterable[Section]) -> Iterator[str]:
    """All that is not known, first of all."""
    yield "<section class=unknown><h2>What is not known</h2>"
    yield (
        "<p>The store was asked for each of these, and says nothing. Whoever answers for the"
        " system adds it.</p><ul>"
    )
    for section in sections:
        for sentence in section.unknown:
            yield f'<li>{_text(sentence)} <a href="#{section.key}">{_text(section.point)}</a></li>'
    yield "</ul></section>"


def _contents(sections: Iterable[Section]) -> Iterator[str]:
    yield "<nav><ol>"
    for section in sections:
        yield (
            f'<li><a href="#{section.key}">{_text(section.title)}</a>'
            f" <small>{_text(section.point)}</small></li>"
        )
    yield "</ol></nav>"


def _section(section: Section) -> Iterator[str]:
    yield f'<section id="{section.key}"><h2>{_text(section.title)}</h2>'
    yield f"<p class=asked><b>{_text(section.point)}</b> {_text(section.asked)}</p>"
    for part in section.parts:
        yield from _part(part)
    if section.unknown:
        yield "<div class=gap><p>Not known:</p><ul>"
        yield from (f"<li>{_text(sentence)}</li>" for sentence in section.unknown)
        yield "</ul></div>"
    yield "</section>"


def _part(part: Part) -> Iterator[str]:
    if isinstance(part, str):
        yield from (f"<p>{_text(line)}</p>" for line in part.splitlines())
        return
    if part.heading:
        yield f"<h3>{_text(part.heading)}</h3>"
    if isinstance(part, Picture):
        yield f"<figure>{part.svg}</figure>"
    elif not part.rows:
        yield f"<p class=empty>{_text(part.empty)}</p>"
    else:
        yield from _table(part)


def _table(table: Table) -> Iterator[str]:
    """A table, without the columns in which nothing is: what is not known is said in words."""
    rows = table.rows[:_ROWS]
    used = [place for place, cells in enumerate(zip(*rows, strict=True)) if any(cells)]
    yield "<table>" if table.columns else "<table class=facts>"
    if table.columns:
        yield "<thead><tr>"
        yield from (f"<th>{_text(table.columns[place])}</th>" for place in used)
        yield "</tr></thead>"
    yield "<tbody>"
    for row in rows:
        tags = ["td" if table.columns else "th", *["td"] * (len(row) - 1)]
        cells = "".join(f"<{tags[at]}>{_text(row[at])}</{tags[at]}>" for at in used)
        yield f"<tr>{cells}</tr>"
    yield "</tbody></table>"
    if (more := len(table.rows) - _ROWS) > 0:
        yield f"<p class=empty>and {more:,} more, which are in the files beside this page</p>"


def _text(text: str) -> str:
    return html.escape(printable(text))


_STYLE = """
:root{--ink:#1a1a1a;--faint:#5c5c5c;--line:#cfcfcf;--ground:#f5f4f0;--gap:#8a4b00}
*{box-sizing:border-box}
body{font:15px/1.5 Georgia,'Times New Roman',serif;color:var(--ink);background:#fff;
max-width:56rem;margin:2.5rem auto;padding:0 1.5rem}
h1,h2,h3,th,dt,nav,.asked,small{font-family:system-ui,'Helvetica Neue',Arial,sans-serif}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.4rem 0 .4rem;border-bottom:2px solid var(--ink);padding-bottom:.2rem}
h3{font-size:1rem;margin:1.4rem 0 .4rem}
header dl{margin:0;padding:.8rem 1rem;background:var(--ground)}
header dl div{display:flex;gap:1rem}
dt{flex:0 0 8rem;color:var(--faint);font-size:.85rem}dd{margin:0;overflow-wrap:anywhere}
.asked{font-size:.85rem;color:var(--faint);margin:.2rem 0 .8rem}
.unknown,.gap{border-left:4px solid var(--gap);padding:.2rem 1rem;margin:1rem 0}
.unknown{margin-top:2rem}.unknown h2{border:0;margin:.2rem 0;color:var(--gap)}
.gap p{margin:.2rem 0;font-weight:bold;color:var(--gap)}
ul,ol{margin:.3rem 0;padding-left:1.3rem}li{margin:.15rem 0;overflow-wrap:anywhere}
.unknown a{font-size:.8rem;white-space:nowrap}a{color:inherit}
nav{font-size:.95rem;margin:1.5rem 0}small{color:var(--faint)}
table{border-collapse:collapse;width:100%;font-size:.85rem;margin:.4rem 0 1rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid var(--line);
overflow-wrap:anywhere;white-space:pre-wrap;min-width:5.5rem}
thead th{border-bottom:1.5px solid var(--ink);white-space:nowrap}
.facts th{width:12rem;font-weight:normal;color:var(--faint)}
.empty{color:var(--faint);font-style:italic}
figure{margin:1rem 0}figure svg{max-width:100%;height:auto}
@page{size:A4;margin:18mm 16mm 20mm}
@media print{
body{font-size:10.5pt;max-width:none;margin:0;padding:0}
h2,h3{break-after:avoid}tr,figure,.gap,li{break-inside:avoid}thead{display:table-header-group}
nav{display:none}a{text-decoration:none}
header dl,.unknown,.gap{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"""
