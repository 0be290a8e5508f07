"""Home, and what all pages share."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_home_tells_of_a_real_history(visit, iris, look):
    page = visit(iris)
    assert page.locator("#content h1").inner_text() == "Home"
    assert page.get_by_role("link", name="iris").count() == 1
    assert (
        page.locator("section", has=page.get_by_text("What ran")).locator("tbody tr").count() == 7
    )
    look(page, "home")


def test_home_of_an_empty_store(visit, store, look):
    page = visit(store)
    assert page.get_by_text("Nothing ran yet").is_visible()
    look(page, "home-empty")


def test_a_page_that_is_not_there_says_so(visit, iris):
    page = visit(iris)
    answer = page.request.get("/nowhere", headers={"accept": "text/html"})
    assert answer.status == 404
    assert "There is no page /nowhere." in answer.text()


def test_an_address_opens_the_door_once(visit, iris, browser):
    page = visit(iris)
    other = browser.new_context(base_url=page.url)
    try:
        second = other.new_page()
        second.goto(page.url)
        assert "/login" in second.url
        second.goto("/login?token=a-link-for-tests")
        assert second.get_by_text("it has been used").is_visible()
    finally:
        other.close()


def test_of_a_moment_pages_say_so_and_keep_it(visit, iris):
    page = visit(iris, "/?as_of=2020-01-01")
    assert page.get_by_text("What the store said on 2020-01-01 UTC.").is_visible()
    assert page.get_by_text("Nothing ran yet").is_visible()
    assert "as_of=2020-01-01" in page.get_by_role("link", name="Runs", exact=True).get_attribute(
        "href"
    )
