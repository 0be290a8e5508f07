"""The page of a run."""

from __future__ import annotations

import pytest

from tests.acceptance.ui.sweeps import record_sweep

pytestmark = pytest.mark.browser


def test_a_run_that_failed_and_whose_names_are_hostile(visit, store, look):
    record_sweep(store, 0)
    ref = store.runs()[0].context.ref.short
    page = visit(store, f"/{ref}")
    assert page.locator(".error pre").first.is_visible()
    page.get_by_role("link", name="Why not?").click()
    page.wait_for_selector("pre.why")
    look(page, "run-hostile")
    picture = page.request.get(page.locator(".picture img").get_attribute("src"))
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert "<script>" not in picture.text()
    answer = page.request.get(f"/{ref}?why=e99", headers={"accept": "text/html"})
    assert (answer.status, "this run has no step e99" in answer.text()) == (400, True)
    assert page.title().endswith(" · graphstore")
