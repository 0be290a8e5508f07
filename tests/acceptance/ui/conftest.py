"""The pages in a real browser, on a store with a real history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from graphstore import Store
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.serving.addresses import Address
from graphstore.web import Options, Server
from tests.chromium import chromium, keep
from tests.conftest import IRIS
from tests.processes import listening

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LINK = "a-link-for-tests"

# What axe calls the gravest; less is for people to judge.
GRAVE = ("critical", "serious")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def iris(store: Store) -> Store:
    """A store that holds the TFX history of `examples/`."""
    import_mlmd(store, IRIS)
    return store


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """A factory of servers of pages on a store, to which the address with `LINK` lets one in."""

    def make(store: Store, **options: Any) -> Server:
        options = {"address": Address.parse("127.0.0.1:0"), "link": LINK, **options}
        return Server(store, Options(**options))

    with listening(make, grace=5) as start:
        yield start


@pytest.fixture
def visit(browser: Browser, serve: Callable[..., Server]) -> Iterator[Callable[..., Page]]:
    """``visit(store, "/runs")``: a page of a new server, by someone who was let in.

    In the end nothing had gone wrong on any page: no error of a script, nothing that the page's
    policy refused, and nothing was asked of another host. ``status`` is one that the test means to
    see, since a browser tells of it as an error.
    """
    contexts: list[Any] = []
    wrong: list[str] = []

    def visit(
        store: Store, path: str = "/", *, width: int = 1280, status: int = 0, **options: Any
    ) -> Page:
        server = serve(store, **options)
        context = browser.new_context(
            viewport={"width": width, "height": 800}, base_url=server.url.rstrip("/")
        )
        context.set_default_timeout(120_000)  # a young Neo4j plans each query once
        contexts.append(context)
        context.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((server.url, "data:", "blob:", "about:"))
                else wrong.append(f"asked for {request.url}")
            ),
        )
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda message: (
                wrong.append(message.text)
                if message.type == "error" and f"with a status of {status} " not in message.text
                else None
            ),
        )
        page.goto(f"/login?token={LINK}")
        if path != "/":
            page.goto(path)
        page.wait_for_selector("html[data-ready]")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., None]:
    """``look(page, "runs")``: axe finds nothing grave in it, and nothing is wider than the window,
    at 1280 and at 390 pixels; a screenshot of each is kept. ``axe=False`` where others look at a
    page like it: axe takes long for a thousand rows, which are as a few are."""
    from axe_playwright_python.sync_playwright import Axe

    def look(page: Page, name: str, *, axe: bool = True) -> None:
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            keep(page, f"ui-{name}-{width}", tmp_path, full_page=True)
            assert wide <= 0, f"{name} is {wide} pixels wider than a window of {width}"
            found = Axe().run(page).response["violations"] if axe else ()
            grave = [
                (one["id"], node["html"][:200], node["failureSummary"])
                for one in found
                if one["impact"] in GRAVE
                for node in one["nodes"][:3]
            ]
            assert grave == []
        page.set_viewport_size({"width": 1280, "height": 800})

    return look
