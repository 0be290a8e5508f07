"""The questions that the README begins with: on the pages each is answered within three clicks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from graphstore import Artifact, Store, step
from tests.acceptance.ui.test_lineage import keys
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

AT_MOST = 3
MODEL = "a45"


@dataclass
class Newcomer:
    """Somebody who looks at Home, and clicks."""

    page: Page
    clicks: int = 0

    def click(self, name: str | re.Pattern[str], within: Locator | None = None) -> Newcomer:
        """Click on the first link or button that is called so."""
        self.clicks += 1
        assert self.clicks <= AT_MOST, f"not found by {AT_MOST} clicks: {name}"
        where = within or self.page.locator("main")
        called = where.get_by_role("link", name=name).or_(where.get_by_role("button", name=name))
        called.first.click()
        self.page.wait_for_selector("html[data-ready]")
        return self

    def read(self, heading: str) -> str:
        """What stands below a heading."""
        named = self.page.get_by_role("heading", name=heading, exact=True)
        return self.page.locator("section", has=named).inner_text()

    def row(self, ref: str) -> Locator:
        """The row of a table that is about a node."""
        about = self.page.locator(f'a.node[href="/{ref}"], th a[href="/{ref}"]')
        return self.page.locator("tr", has=about).first


def node(ref: str) -> re.Pattern[str]:
    """The link to a node."""
    return re.compile(rf"^{ref}\b")


def data_behind_a_model(newcomer: Newcomer, store: Store, made: Mapping[str, Any]) -> None:
    newcomer.click("Which data trained this model?").click(node(MODEL))
    shown = newcomer.read("Made from")
    passport = store.explain(MODEL)
    behind = [one for artifacts in passport.inputs.values() for one in artifacts]
    for one in (*behind, *passport.raw_inputs, *passport.base_models):
        assert re.search(rf"\b{one.ref.short}\b", shown), one
    newcomer.click("Through every step, back to the raw input")
    graph = store.lineage.upstream(MODEL)
    data = {one.ref.short for one in graph.artifacts.values() if one.type == "Examples"}
    assert len(data) > 1 and data <= keys(newcomer.page)
    assert not newcomer.page.get_by_text("Cut off").count()


def what_bad_data_reached(newcomer: Newcomer, store: Store, made: Mapping[str, Any]) -> None:
    newcomer.click("Which models did this bad dataset reach, and were they pushed?")
    newcomer.click(node("a41")).click("What it reached")
    reached = store.impact("a41")
    assert reached.models and any(one.live for one in reached.reached)
    for one in reached.reached:
        live = newcomer.row(one.node.ref.short).get_by_text("live", exact=True)
        assert (live.count() == 1) == one.live, one
    assert reached.title in newcomer.page.locator("main").inner_text()


def how_a_model_was_made(newcomer: Newcomer, store: Store, made: Mapping[str, Any]) -> None:
    newcomer.click("Which hyperparameters, which base model, which run, which pipeline?")
    newcomer.click(node(MODEL))
    passport = store.explain(MODEL)
    how = newcomer.read("How it was made")
    assert passport.hyperparameters and passport.base_models and passport.run and passport.pipeline
    for name, value in passport.hyperparameters.items():
        assert name in how and str(value) in how
    assert passport.run.ref.short in how and passport.pipeline.ref.short in how
    assert passport.base_models[0].ref.short in newcomer.read("Made from")


def who_made_it_and_who_passed_it_on(
    newcomer: Newcomer, store: Store, made: Mapping[str, Any]
) -> None:
    newcomer.click("Who made this artifact, and who only passed it on?")
    newcomer.click(node(made["model"].ref.short))
    makers = store.lineage.producers(made["model"])
    assert [one.passed_on for one in makers] == [False, True]
    for maker in makers:
        shown = newcomer.row(maker.execution.ref.short).inner_text()
        assert ("only passed on" in shown) == maker.passed_on


def how_runs_ended_and_why_one_failed(
    newcomer: Newcomer, store: Store, made: Mapping[str, Any]
) -> None:
    newcomer.click("How did the runs end, and why did that one fail?")
    for run in store.runs(limit=5):
        assert run.outcome in newcomer.row(run.context.ref.short).inner_text()
    newcomer.click(node(made["failed"].ref.short))
    shown = newcomer.read("Errors")
    assert "ValueError" in shown and "no such column: label2" in shown


def whether_a_step_can_be_skipped(
    newcomer: Newcomer, store: Store, made: Mapping[str, Any]
) -> None:
    newcomer.click("Can this step be skipped?").click(node(made["skipped"].ref.short))
    shown = newcomer.read("Can it be skipped?")
    why = store.cache.explain(made["skipped"])
    assert why.hit and why.nearest and str(why).split("\n")[0] in shown
    again = store.cache.look_up(made["skipped"].fingerprint, verify=False)
    assert again and f"the files that {again.execution.ref.short}" in shown
    newcomer.click(node(why.nearest.ref.short))
    assert "could not be skipped" in newcomer.read("Can it be skipped?")


def which_model_to_start_from(newcomer: Newcomer, store: Store, made: Mapping[str, Any]) -> None:
    newcomer.click("Which model do I start from?")
    (latest,) = store.resolve.latest("Model")
    (blessed,) = store.resolve.latest_blessed()
    (pushed,) = store.resolve.latest_pushed()
    assert latest.ref != blessed.artifact.ref
    for rule, one in (
        ("the latest", latest),
        ("the last that was blessed", blessed.artifact),
        ("the last that was pushed", pushed.artifact),
    ):
        row = newcomer.page.get_by_role("row", name=f"{rule} Model ")
        assert re.search(rf"\b{one.ref.short}\b", row.inner_text()), rule


def whether_a_file_is_what_it_was(
    newcomer: Newcomer, store: Store, made: Mapping[str, Any]
) -> None:
    newcomer.click("Is the file still what it was?").click(node(made["model"].ref.short))
    newcomer.click("Is it what it was?")
    newcomer.page.locator("#look .state").wait_for()
    ((_, check),) = store.verify([made["model"]])
    assert check.status.value == "CHANGED"
    assert "CHANGED" in newcomer.read("The file")


# By what a line of the README begins with; of a line with two questions two.
WALKS: Mapping[str, tuple[Callable[[Newcomer, Store, Mapping[str, Any]], None], ...]] = {
    "Which data trained this model": (data_behind_a_model,),
    "Which models did this bad dataset reach": (what_bad_data_reached,),
    "Which hyperparameters, which base model": (how_a_model_was_made,),
    "Who made this artifact": (who_made_it_and_who_passed_it_on,),
    "How did the runs end": (how_runs_ended_and_why_one_failed,),
    "Can this step be skipped": (whether_a_step_can_be_skipped, which_model_to_start_from),
    "Is the file still what it was": (whether_a_file_is_what_it_was,),
}


def questions_of_the_readme() -> list[str]:
    """The lines of its first list."""
    text = (ROOT / "README.md").read_text()
    first = re.search(r"(?:^- .*\n)+", text, re.MULTILINE)
    assert first is not None
    return [line.removeprefix("- ") for line in first[0].splitlines()]


@pytest.fixture
def made(iris: Store, tmp_path: Path) -> Mapping[str, Any]:
    """What was recorded here, beside the history of TFX: a step that ran, was skipped, and the file
    of which somebody changed since; and one that failed."""

    @step("Train", output="model", cache=True)
    def train(to: str) -> Artifact:
        Path(to).write_text("a model")
        return Artifact(type="ChurnModel", uri=to)

    with iris.run("churn"):
        model = train(str(tmp_path / "model"))
    with iris.run("churn"):
        train(str(tmp_path / "model"))
    with pytest.raises(ValueError), iris.run("churn") as run, run.execution("Evaluate"):
        raise ValueError("no such column: label2")
    (tmp_path / "model").write_text("another one")
    executions = iris.executions.list(type="Train", descending=True)
    return {"model": model, "skipped": executions[0], "failed": run.context}


def test_the_readmes_questions_are_answered_three_clicks_from_home(
    visit: Callable[..., Page],
    iris: Store,
    made: Mapping[str, Any],
    tmp_path: Path,
    look: Callable[[Page, str], None],
) -> None:
    page = visit(iris, roots=(tmp_path,))
    questions = questions_of_the_readme()
    assert len(questions) == 7
    for question in questions:
        (walks,) = (walks for begin, walks in WALKS.items() if question.startswith(begin))
        for walk in walks:
            page.locator("header").get_by_role("link", name="Home").click()
            assert urlsplit(page.url).path == "/"
            walk(Newcomer(page), iris, made)
    page.goto("/models?start=1")
    look(page, "models-start")
    page.goto(f"/{made['skipped'].ref.short}")
    look(page, "execution-skipped")
