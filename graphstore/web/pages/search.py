"""Search: one box for ids, names, uris, digests and external ids."""

from __future__ import annotations

from shlex import quote

from graphstore.web.pages.frame import Asked, Behind, Page, View

__all__ = ["PAGES"]

_LIMIT = 30


def search(asked: Asked) -> View:
    """The page of what was found; empty as long as nothing is asked."""
    text = asked.text("q")
    limit = asked.whole("limit", _LIMIT, most=200)
    found = asked.store.search(text, limit=limit, as_of=asked.as_of) if text else None
    behind = Behind(
        f"store.search({text!r}, limit={limit}{asked.then_python})",
        f"graphstore search {quote(text)} --limit {limit}{asked.then_command}",
    )
    facts = {"found": found, "text": text}
    return View(
        f"Search: {text}" if text else "Search", "search.html", facts, behind if text else None
    )


PAGES = (Page("/search", search),)
