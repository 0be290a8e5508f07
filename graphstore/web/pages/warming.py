"""What a young server is asked in advance: each page once, of what is newest.

Neo4j plans a query when it first meets it, and its Java compiles what it does often: the first
visitor of each page would wait for seconds, a later one for hundredths of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from graphstore.errors import StoreError
from graphstore.model.nodes import Artifact
from graphstore.model.roles import Role, guess_of, role_of
from graphstore.model.types import ArtifactType
from graphstore.store import Store
from graphstore.web.pages.frame import Asked, Page

__all__ = ["warm_up"]

_TYPES = 5
"""Types of models, and of data, of which the last ones are looked at."""


def warm_up(
    store: Store, pages: Iterable[Page], goes_on: Callable[[], bool] = lambda: True
) -> list[str]:
    """Answer pages for nobody, until all were answered or Neo4j is away.

    Args:
        store: The store that they show. Nothing is written to it.
        pages: The pages.
        goes_on: Is asked before each whether to go on.

    Returns:
        The addresses that were answered.
    """
    routes = [(Route(page.path, _nobody), page) for page in pages]
    answered = []
    try:
        for address in _addresses(store):
            if not goes_on():
                break
            with suppress(HTTPException):
                if _answer(store, routes, address):
                    answered.append(address)
    except StoreError:
        pass  # whoever asks for the page is told
    return answered


def _nobody() -> None:
    """Answers a route that is only asked whether an address is its."""


def _answer(store: Store, routes: Sequence[tuple[Route, Page]], address: str) -> bool:
    parts = urlsplit(address)
    scope = {"type": "http", "method": "GET", "path": parts.path}
    for route, page in routes:
        match, more = route.matches(scope)
        if match is Match.FULL:
            page.answer(Asked(store, more["path_params"], QueryParams(parts.query)))
            return True
    return False


def _addresses(store: Store) -> Iterator[str]:
    """Those that a visitor comes to soonest go first."""
    yield from ("/", "/runs", "/models", "/changes", "/search?q=a")
    runs = [run.context.ref.short for run in store.runs(limit=2)]
    models, data = _newest(store, Role.MODEL), _newest(store, Role.DATA)
    steps = [one.ref.short for one in store.executions.list(descending=True, limit=1)]
    for run in runs[:1]:
        yield f"/{run}"
    for model in models[:1]:
        yield from (f"/{model}", f"/lineage?of={model}", f"/lineage/picture?of={model}")
        yield f"/changes?of={model}"
    for one in data[:1]:
        yield from (f"/{one}", f"/{one}/impact", f"/lineage?of={one}&direction=downstream")
    for step in steps:
        yield f"/{step}"
    for some in (runs, models):
        if len(some) > 1:
            yield "/compare?" + urlencode({"of": some}, doseq=True)
    if len(models) > 1:
        yield f"/lineage?of={models[0]}&with={models[1]}"
    yield from ("/types", "/artifacts", "/executions", "/contexts", "/models?start=1")


def _newest(store: Store, role: Role) -> list[str]:
    """The references of the last two artifacts that are, or likely are, this."""
    found: list[Artifact] = []
    types = store.types.list(ArtifactType)
    names = {one.name for one in types if role in (role_of(one), guess_of(one))}
    for name in sorted(names)[:_TYPES]:
        found += store.artifacts.list(type=name, descending=True, limit=2)
    found.sort(key=lambda one: one.ref.id, reverse=True)
    return [one.ref.short for one in found[:2]]
