"""The pages: a store that people can look at, made by the server with little script.

Starlette and Jinja answer whole pages; htmx swaps parts of them as one types and while runs go on;
Pico is their style, ECharts draws. All of it comes with the package. A page is a function in a
module of its own, which answers a `View`; `frame` has what all of them share. They only read, but
for the forms of `decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from starlette.routing import BaseRoute

from graphstore.store import Store
from graphstore.web.calls import Threads
from graphstore.web.pages import (
    changes,
    compare,
    decide,
    home,
    impact,
    lineage,
    models,
    nodes,
    run,
    runs,
    search,
    types,
    warming,
)
from graphstore.web.pages.frame import Page, Pages, refusal

__all__ = ["refusal", "routes", "warm_up"]

_PAGES: tuple[Page, ...] = (
    *home.PAGES,
    *lineage.PAGES,
    *run.PAGES,
    *runs.PAGES,
    *compare.PAGES,
    *models.PAGES,
    *changes.PAGES,
    *types.PAGES,
    *search.PAGES,
    *nodes.PAGES,
    *impact.PAGES,
)


def routes(
    store: Store,
    threads: Threads,
    roots: Iterable[Path],
    why_not: Callable[[str | None], str],
    more: Iterable[Page] = (),
) -> list[BaseRoute]:
    """The routes of all pages, and of what they load.

    Args:
        store: What they show.
        threads: What asks it.
        roots: Folders of which files may be shown.
        why_not: Why who has this name may not record a decision; empty if they may.
        more: Pages of what else is served.
    """
    return Pages(store, threads, tuple(roots), why_not).routes((*_PAGES, *more), decide.FORMS)


def warm_up(store: Store, goes_on: Callable[[], bool]) -> list[str]:
    """Answer each page once for nobody, so that Neo4j has planned what the first visitor asks.

    Args:
        store: What they show; nothing is written to it.
        goes_on: Is asked before each page whether to go on.

    Returns:
        The addresses that were answered; fewer if Neo4j went away.
    """
    return warming.warm_up(store, _PAGES, goes_on)
