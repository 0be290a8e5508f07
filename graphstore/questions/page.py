"""Answers as HTML: a piece of a notebook, or a page of its own.

An answer is a title and parts below it: tables, pictures, sentences. Whatever stands in them is
escaped. Colours are those of what is around - ink is inherited, lines and grounds let it shine
through - so that a piece can be read in a light and in a dark notebook; its style touches nothing
outside of it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from graphstore.model.plain import Plain
from graphstore.printable import Printable, printable

__all__ = ["Answer", "Part", "Picture", "Table", "Tone"]

Tone = Literal["", "good", "doubtful", "bad", "strong"]
"""How a row of a table looks: green, amber, red, bold."""

ROWS_AT_MOST = 200
"""Rows of a table that are shown; the rest is counted."""


@dataclass(frozen=True)
class Table:
    """Rows of texts below a heading."""

    rows: Sequence[Sequence[str]]
    columns: Sequence[str] = ()
    """What the columns are called; empty if the first one says what a row is."""
    heading: str = ""
    tones: Sequence[Tone] = ()
    """How the rows look, one by one; empty if none is special."""
    widest: int | None = None
    """Characters of a text; a longer one is cut in its middle, and whole under the pointer."""
    empty: str = "none"
    """What is said in place of no rows."""


@dataclass(frozen=True)
class Picture:
    """A picture below a heading."""

    svg: str
    """SVG that is well-formed, and escaped."""
    heading: str = ""


Part = Table | Picture | str
"""A table, a picture, or a sentence; of several lines each stands for itself."""


class Answer(Plain, Printable):
    """Something that people look at: it prints, and shows itself in a notebook."""

    def _parts(self) -> tuple[str, Iterable[Part]]:
        """The title, and what stands below it."""
        raise NotImplementedError

    def to_html(self) -> str:
        """The answer as one HTML page that needs nothing else, light or dark as its reader is."""
        title, parts = self._parts()
        return (
            "<!doctype html><html lang=en><meta charset=utf-8>"
            '<meta name=viewport content="width=device-width">'
            f"<title>{_escape(title)}</title>{_PAGE}{_piece(title, parts, 'h1')}</html>"
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """The answer in a notebook; the text where there is no HTML."""
        return {"text/plain": str(self), "text/html": _piece(*self._parts(), "h3")}


def _escape(text: str) -> str:
    """Text in HTML, which shows control characters as nothing, or as other text than it is."""
    return html.escape(printable(text))


def _piece(title: str, parts: Iterable[Part], tag: Literal["h1", "h3"]) -> str:
    """A piece of HTML; on a page of its own its headings are those of a page."""
    below = "h2" if tag == "h1" else "h4"
    body = "".join(_part(part, below) for part in parts)
    return f"<div class=graphstore>{_STYLE}<{tag}>{_escape(title)}</{tag}>{body}</div>"


def _part(part: Part, tag: str) -> str:
    if isinstance(part, str):
        return "".join(f"<p>{_escape(line)}</p>" for line in part.splitlines())
    heading = f"<{tag}>{_escape(part.heading)}</{tag}>" if part.heading else ""
    if isinstance(part, Picture):
        return f"{heading}<div class=graphstore-picture>{part.svg}</div>"
    return heading + _table(part)


def _table(table: Table) -> str:
    if not table.rows:
        return f"<p class=graphstore-none>{_escape(table.empty)}</p>"
    parts = ["<div class=graphstore-table><table>"]
    if table.columns:
        cells = "".join(f"<th>{_escape(name)}</th>" for name in table.columns)
        parts.append(f"<thead><tr>{cells}</tr></thead>")
    parts.append("<tbody>")
    for number, row in enumerate(table.rows[:ROWS_AT_MOST]):
        tone = table.tones[number] if table.tones else ""
        first = "td" if table.columns else "th"
        cells = "".join(
            _cell(text, first if at == 0 else "td", table.widest) for at, text in enumerate(row)
        )
        parts.append(f"<tr class=graphstore-{tone}>{cells}</tr>" if tone else f"<tr>{cells}</tr>")
    parts.append("</tbody></table></div>")
    if (more := len(table.rows) - ROWS_AT_MOST) > 0:
        parts.append(f"<p>and {more} more, which are not shown</p>")
    return "".join(parts)


def _cell(text: str, tag: str, widest: int | None) -> str:
    if widest is None or len(text) <= widest:
        return f"<{tag}>{_escape(text)}</{tag}>"
    tail = (widest - 1) // 2
    short = f"{text[: widest - 1 - tail]}…{text[-tail:]}"
    return f'<{tag} title="{_escape(text)}">{_escape(short)}</{tag}>'


# Two classes, since notebooks have rules of their own for tables, which name two.
_STYLE = (
    "<style>"
    ".graphstore{line-height:1.45;color:inherit}"
    ".graphstore h1,.graphstore h2,.graphstore h3,.graphstore h4"
    "{font-weight:600;margin:1.1em 0 .35em;color:inherit}"
    ".graphstore h1{font-size:1.5em}.graphstore h3{font-size:1.15em;margin-top:.3em}"
    ".graphstore h2{font-size:1.1em}.graphstore h4{font-size:1em}"
    ".graphstore p{margin:.2em 0}.graphstore .graphstore-none{opacity:.7}"
    ".graphstore-table,.graphstore-picture{overflow-x:auto;margin:0}"
    ".graphstore .graphstore-picture svg{max-width:none}"
    ".graphstore .graphstore-table table{border-collapse:collapse;margin:0;border:0;"
    "font-size:.93em}"
    ".graphstore .graphstore-table th,.graphstore .graphstore-table td"
    "{text-align:left;vertical-align:top;border:0;border-bottom:1px solid rgba(128,128,128,.3);"
    "padding:.22em 1.2em .22em .4em;white-space:pre-wrap;max-width:60em;overflow-wrap:break-word}"
    ".graphstore .graphstore-table th{font-weight:600}"
    ".graphstore .graphstore-table tbody th{font-weight:400;opacity:.75;white-space:pre}"
    ".graphstore .graphstore-table tr.graphstore-strong td{font-weight:600}"
    ".graphstore .graphstore-table tr.graphstore-good td{background:rgba(40,160,90,.16)}"
    ".graphstore .graphstore-table tr.graphstore-doubtful td{background:rgba(220,160,20,.2)}"
    ".graphstore .graphstore-table tr.graphstore-bad td{background:rgba(220,60,50,.2)}"
    "</style>"
)

_PAGE = (
    "<style>:root{color-scheme:light dark}"
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}"
    "</style>"
)
