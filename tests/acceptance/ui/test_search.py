"""The page of search: as one types, and without script."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def found(page):
    rows = page.get_by_role("region", name="Found", exact=True).locator("tbody tr").all()
    return [row.inner_text().split()[0] for row in rows]


def test_one_types_and_sees_what_begins_so(visit, iris, look):
    iris.search("iris")  # a young Neo4j plans a query once
    page = visit(iris, "/search")
    box = page.get_by_label("What a name", exact=False)
    box.press_sequentially("iris.Tr")
    page.get_by_role("link", name="iris.Trainer").wait_for()
    page.wait_for_selector("[aria-label=Found] tbody:not(:has(tr:nth-child(2)))")  # of less, too
    assert len(found(page)) == 1
    look(page, "search")
    box.fill("a45")
    page.get_by_role("cell", name="id", exact=True).wait_for()
    assert found(page) == ["a45"]
    page.goto("/search?q=/pipelines/iris/root/Trainer/model/44")
    assert found(page) == ["a45"]
    hostile = "<script>alert(1)</script>\u202e\"' OR 1=1 *"
    page.get_by_label("What a name", exact=False).fill(hostile)
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_text("Nothing begins with <script>").wait_for()
    page.goto("/search?q=iris&as_of=2020-01-01")
    assert found(page) == [] and page.get_by_text("is left out").is_visible()
    answer = page.request.get("/search?q=" + "x" * 2000, headers={"accept": "text/html"})
    assert answer.status == 400
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("a45")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=a45")
