"""Runs: the table of them, one of them, and some side by side."""

from __future__ import annotations

import json
import shlex

import pytest

from graphstore import Context, ContextType
from tests.acceptance.ui.sweeps import record_sweep

pytestmark = pytest.mark.browser


@pytest.fixture
def sweep(store):
    return record_sweep(store)


def rows(page):
    return page.locator("#rows tr").count()


def test_runs_of_a_real_history_are_sorted_chosen_and_compared(visit, iris, look):
    page = visit(iris, "/runs")
    assert rows(page) == 7
    first = page.locator("#rows tr").first
    assert first.locator("th").inner_text() == "c56 2026-11-21T02:25:41.938013"
    look(page, "runs")
    page.get_by_role("link", name="accuracy", exact=True).click()
    assert "sort=metric.accuracy" in page.url
    assert page.locator("[aria-sort=descending]").inner_text().startswith("accuracy")
    assert page.locator("#rows tr").last.get_by_text("FAILED", exact=True).is_visible()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Trainer.learning_rate").set_checked(True)
    page.get_by_role("checkbox", name="Who").set_checked(False)
    page.get_by_role("button", name="Show these").click()
    assert page.get_by_role("columnheader", name="Trainer.learning_rate").is_visible()
    assert page.get_by_role("columnheader", name="Who").count() == 0
    assert "sort=metric.accuracy" in page.url
    for name in ("c56", "c48"):
        page.get_by_role("checkbox", name=f"Compare {name}").check()
    page.get_by_role("button", name="Compare", exact=True).press("Enter")
    assert page.get_by_role("heading", name="What differs").is_visible()
    assert page.locator("thead", has_text="Fact").locator("th").count() == 3
    page.wait_for_selector("[data-chart=parallel][data-drawn]")
    look(page, "compare")
    # What the pages offer to copy says the same.
    python = page.locator("section[aria-label=Python] code").text_content()
    assert len(eval(python, {"store": iris}).subjects) == 2


def test_a_filter_is_helped_along_as_one_types(visit, iris, look):
    page = visit(iris, "/runs?pipeline=iris")
    page.locator("#filter").press_sequentially("executions_e.last_known_state = FAI")
    page.get_by_role("button", name="FAILED").click()
    assert page.locator("#filter").input_value() == "executions_e.last_known_state = FAILED "
    page.locator("#filter").press("Enter")
    page.wait_for_url("**filter=**")
    assert [one.split()[0] for one in page.locator("#rows th").all_inner_texts()] == ["c42", "c2"]
    page.locator("#filter").fill("name LIK")
    page.wait_for_selector(".mistake")
    assert "column 6 of the filter" in page.locator(".mistake").inner_text()
    page.locator("#filter").press("Enter")
    page.wait_for_url("**LIK")
    assert page.locator(".mistake").is_visible()
    assert rows(page) == 0
    look(page, "runs-mistake")


def test_hostile_runs_page_by_page_and_all_side_by_side(visit, sweep, look):
    page = visit(sweep, "/runs?pipeline=sweep&limit=5")
    assert rows(page) == 5
    for there in (10, 13):
        page.get_by_role("button", name="Load more").click()
        page.wait_for_selector(f"#rows tr:nth-child({there})")
        assert rows(page) == there
    assert page.get_by_role("button", name="Load more").count() == 0
    look(page, "runs-hostile")
    of = [f"c{run.context.id}" for run in sweep.runs("sweep")]
    page.goto("/compare?" + "&".join(f"of={id_}" for id_ in of))
    page.wait_for_selector("[data-chart=curves][data-drawn]")
    chart = json.loads(page.locator("figure:has([data-chart=curves]) script").text_content())
    assert (chart["metric"], len(chart["curves"])) == ("loss", 12)
    assert (
        chart["count"] == 36_000 > chart["drawn"] == sum(len(c["points"]) for c in chart["curves"])
    )
    assert page.get_by_text("of 36,000 values drawn").is_visible()
    page.get_by_role("link", name="Lines").first.click()
    assert page.locator("table.beside ins").first.is_visible()
    look(page, "compare-sweep")
    assert page.title() == "Compare · graphstore"


def test_a_run_that_goes_on_is_live(visit, store):
    with store.run("p", name="now", capture=()) as run:
        with run.execution("Train") as step:
            step.log(loss=1.0)
            page = visit(store, "/runs")
            ref = store.runs()[0].context.ref.short
            assert page.locator(f"#run-{ref}").get_by_text("RUNNING").is_visible()
    page.wait_for_selector(f"#run-{ref} >> text=COMPLETE", timeout=30_000)
    assert page.locator("#poll").count() == 0


def test_an_empty_store_and_wrong_addresses(visit, store, look):
    page = visit(store, "/runs")
    assert page.get_by_text("No runs.").is_visible()
    look(page, "runs-empty")
    page.goto("/compare?of=a1")
    assert page.get_by_text("Two or more are compared").is_visible()
    store.types.put(ContextType(name="Pipeline"))
    store.contexts.put(Context(type="Pipeline", name="p"))
    for path, status, words in (
        ("/runs?pipeline=q", 404, "there are 'p'"),
        ("/runs?sort=x", 400, "order_by must be one of"),
        ("/runs?columns=x", 400, "columns=x"),
        ("/runs?after=x", 400, "no page token"),
        ("/runs?limit=0", 400, "limit=0"),
        ("/compare?of=a1&of=e1", 400, "only things of one kind"),
        ("/compare?of=a1&of=a2", 404, "artifact"),
        ("/compare?of=x&of=y", 400, "names no node"),
        ("/runs?as_of=2020-01-01", 200, "No runs."),
    ):
        answer = page.request.get(path, headers={"accept": "text/html"})
        assert (path, answer.status) == (path, status)
        assert words in answer.text().replace("&#39;", "'")


def test_what_a_page_offers_to_copy_answers_the_same(iris):
    from graphstore.web.pages.runs import _behind

    behind = _behind("iris", "name LIKE '2026%'", "metric.accuracy", False)
    answer = eval(behind.python, {"store": iris})
    assert [run.context.ref.short for run in answer][:2] == ["c56", "c34"]
    assert shlex.split(behind.command)[:4] == ["graphstore", "runs", "iris", "--filter"]
