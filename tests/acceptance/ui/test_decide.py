"""The forms by which people decide, in a browser with scripts and without."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_a_model_is_deployed_preferred_and_retired_from_its_page(visit, iris, look):
    page = visit(iris, "/a45", write=True, status=404)
    page.get_by_text("Deploy it, or promote it").click()
    page.get_by_text("Prefer or reject it").click()
    look(page, "decide")
    page.emulate_media(color_scheme="dark")
    look(page, "decide-dark")
    page.emulate_media(color_scheme="light")
    page.get_by_label("Target").fill("production")
    why = page.locator("form[action$=deploy] textarea")
    why.fill("good enough\nfor a week")
    page.get_by_role("button", name="Record the deployment of a45").click()
    page.wait_for_url("**/a45#went")
    (deployed,) = iris.decisions.deployments()
    went = page.locator("section", has=page.get_by_role("heading", name="Where it went"))
    assert deployed.deployment.ref.short in went.inner_text()
    assert "production" in went.inner_text()

    page.get_by_text("Prefer or reject it").click()
    page.get_by_label("a45 is preferred").check()
    page.get_by_label("Other candidates").fill("a32, a4500")
    page.get_by_label("By the metric").fill("accuracy")
    page.locator("form[action$=decide] textarea").fill("the best of them")
    page.get_by_role("button", name="Record the decision").click()
    page.wait_for_url("**/a45/decide")
    assert "no artifact has id 4500" in page.get_by_role("alert").inner_text()
    look(page, "decide-mistake")
    assert page.get_by_label("a45 is preferred").is_checked()
    assert page.locator("textarea").input_value() == "the best of them"
    page.get_by_label("Other candidates").fill("a32")
    page.get_by_role("button", name="Record the decision").click()
    page.wait_for_url("**/a45#why")
    verdict = iris.explain("a45", verify=False).verdicts[0]
    assert verdict.winner.artifact.ref.short == "a45" and verdict.reason == "the best of them"
    assert page.get_by_text("the best of them").is_visible()

    page.get_by_role("link", name="Retire it").click()
    page.get_by_label("Why").fill("it drifts")
    page.get_by_role("button", name="serves no more").click()
    page.wait_for_url(f"**/{deployed.deployment.ref.short}#deployment")
    look(page, "deployment")
    assert page.get_by_text("retired, ").is_visible()
    assert page.get_by_text("it drifts").is_visible()
    assert not iris.decisions.deployments(live=True)


def test_forms_work_without_scripts_and_are_not_printed(visit, iris, browser):
    page = visit(iris, "/a45", write=True)
    address, cookies = page.url, page.context.cookies()
    plain = browser.new_context(java_script_enabled=False)
    try:
        plain.add_cookies(cookies)
        other = plain.new_page()
        other.goto(address)
        other.emulate_media(media="print")
        assert not other.locator("form.decide").first.is_visible()
        other.emulate_media(media="screen")
        other.get_by_text("Deploy it, or promote it").click()
        other.get_by_label("Target").fill("canary")
        other.locator("form[action$=deploy] textarea").fill("to see")
        other.get_by_role("button", name="Record the deployment").click()
        other.wait_for_url("**/a45#went")
    finally:
        plain.close()
    assert [one.target for one in iris.decisions.deployments()] == ["canary"]


def test_pages_that_only_read_have_no_forms(visit, iris):
    page = visit(iris, "/a45")
    assert page.locator("form.decide").count() == 0
    page = visit(iris, "/a45?as_of=2100-01-01", write=True)
    assert page.locator("form.decide").count() == 0
