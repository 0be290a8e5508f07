"""The page of a lineage in a real browser: opened from a file, with no network."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from graphstore import Artifact, Event, EventType, Execution, LineageGraph, NodeRef
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.model.nodes import ArtifactState, ExecutionState
from tests.chromium import chromium, keep
from tests.conftest import IRIS

pytestmark = pytest.mark.browser

# How small text may be and still be read, in CSS pixels on the screen.
LEGIBLE = 9.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens a graph's page; in the end nothing was asked of a network, and nothing went wrong."""
    contexts, wrong = [], []

    def abort(route: Any) -> None:
        wrong.append(f"asked for {route.request.url}")
        route.abort()

    def show(content: LineageGraph | Path, *, width: int = 1280, height: int = 760, **options: Any):
        context = browser.new_context(
            viewport={"width": width, "height": height}, offline=True, **options
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        context.route(re.compile(r"^(?!file:)"), abort)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda message: wrong.append(message.text) if message.type == "error" else None,
        )
        path = content
        if isinstance(content, LineageGraph):
            path = tmp_path / f"{len(contexts)}.html"
            path.write_text(content.to_html(), encoding="utf-8")
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]")
        return page

    yield show
    for context in contexts:
        context.close()
    assert wrong == []


class History:
    """Runs of a pipeline: data → Trainer → model → Pusher → pushed; each begins with the last."""

    def __init__(self, runs: int, *, warm: bool = True, frontier: bool = False) -> None:
        self.artifacts: dict[int, Artifact] = {}
        self.executions: dict[int, Execution] = {}
        self.events: list[Event] = []
        base = None
        for run in range(runs):
            data = self.artifact("Examples", uri=f"s3://lake/iris/day={run}/examples.tfrecord")
            self.event(EventType.OUTPUT, data, self.execution("CsvExampleGen"), "examples")
            is_failure = run % 10 == 4
            trainer = self.execution(
                "Trainer",
                ExecutionState.FAILED if is_failure else ExecutionState.COMPLETE,
                properties={"learning_rate": 0.001 * (run + 1)},
                custom_properties={"error": "Traceback\n  boom"} if is_failure else {},
            )
            self.event(EventType.INPUT, data, trainer, "examples")
            if warm and base:
                self.event(EventType.INPUT, base, trainer, "base_model")
            if is_failure:
                continue
            base = self.artifact(
                "Model", name=f"iris-species-classifier-warm-started-every-night-{run:04}"
            )
            self.event(EventType.OUTPUT, base, trainer, "model")
            pusher = self.execution("Pusher")
            self.event(EventType.INPUT, base, pusher, "model")
            self.event(EventType.OUTPUT, self.artifact("PushedModel"), pusher, "pushed_model")
        assert base is not None
        self.graph = LineageGraph(
            question="both",
            starts=(NodeRef("artifact", base),),
            artifacts=self.artifacts,
            executions=self.executions,
            events=tuple(self.events),
            frontier=(NodeRef("artifact", 1),) if frontier else (),
        )

    def artifact(self, type: str, **fields: Any) -> int:
        id_ = len(self.artifacts) + 1
        self.artifacts[id_] = Artifact(id=id_, type=type, state=ArtifactState.LIVE, **fields)
        return id_

    def execution(
        self, type: str, state: ExecutionState = ExecutionState.COMPLETE, **fields: Any
    ) -> int:
        id_ = len(self.executions) + 1
        name = f"tfx.components.{type}"
        self.executions[id_] = Execution(id=id_, type=name, state=state, **fields)
        return id_

    def event(self, type: EventType, artifact: int, execution: int, role: str) -> None:
        self.events.append(
            Event(type=type, path=(role, 0), artifact_id=artifact, execution_id=execution)
        )


def box(page: Any, key: str) -> Any:
    return page.locator(f'.box[data-key="{key}"]')


def scale(page: Any) -> float:
    return page.evaluate("document.getElementById('camera').getCTM().a")


def origin(page: Any) -> tuple[float, float]:
    matrix = page.evaluate("(({e, f}) => [e, f])(document.getElementById('camera').getCTM())")
    return tuple(matrix)


def smallest_text(page: Any) -> float:
    """The height of the smallest text that is drawn and seen, on the screen."""
    return page.evaluate(
        """() => {
          const k = document.getElementById("camera").getCTM().a;
          const stage = document.getElementById("stage").getBoundingClientRect();
          const seen = [...document.querySelectorAll("#camera text")].filter((text) => {
            const at = text.getBoundingClientRect();
            return at.width && at.right > stage.left && at.left < stage.right
              && at.bottom > stage.top && at.top < stage.bottom;
          });
          return Math.min(...seen.map((text) => parseFloat(getComputedStyle(text).fontSize) * k));
        }"""
    )


def in_sight(page: Any, key: str) -> bool:
    return page.evaluate(
        """(key) => {
          const at = document.querySelector(`.box[data-key="${key}"]`).getBoundingClientRect();
          const stage = document.getElementById("stage").getBoundingClientRect();
          return at.left >= stage.left && at.right <= stage.right
            && at.top >= stage.top && at.bottom <= stage.bottom;
        }""",
        key,
    )


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < seconds


def keep_both(page: Any, name: str, folder: Path) -> None:
    """A screenshot in light, and one in dark."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        keep(page, f"{name}-{scheme}", folder)


def test_a_real_history_from_the_command_line(store, graphstore, show, tmp_path: Path) -> None:
    import_mlmd(store, IRIS)
    result = graphstore("lineage", "a45", "--up", "--max-hops", "4", "-o", "model.html")
    assert "wrote model.html" in result.stderr
    page = show(tmp_path / "model.html")
    assert page.title() == "What artifact 45 was made from: 8 artifacts, 4 executions, 11 events"
    assert page.locator("h1").inner_text() == page.title()
    assert "cut off: more lies behind 4 of these" in page.locator("#note").inner_text()
    assert page.locator(".box[data-key]").count() == 12
    assert page.locator(".box.cut[data-key]").count() == 4
    assert page.locator(".box.asked[data-key]").get_attribute("data-key") == "a45"
    assert smallest_text(page) >= LEGIBLE
    # Layers run from left to right, the way the data flows.
    lefts = [box(page, key).bounding_box()["x"] for key in ("a23", "e30", "a32", "e44", "a45")]
    assert lefts == sorted(lefts)
    keep_both(page, "page-iris", tmp_path)
    box(page, "e44").click()
    panel = page.locator("#panel")
    trainer = store.executions.get(44)
    names = [*trainer.properties, *trainer.custom_properties]
    assert names
    assert set(names) <= set(panel.locator("dt").all_inner_texts())
    assert "learning_rate" in panel.locator("dl").inner_text()
    keep_both(page, "page-iris-panel", tmp_path)


def test_every_way_to_get_a_page(store, graphstore, show, tmp_path: Path) -> None:
    import_mlmd(store, IRIS)
    page_text = graphstore("lineage", "a45", "--format", "html").stdout
    assert page_text.startswith("<!doctype html>")
    # A program that stands in for a browser, as the user may name one.
    address_file = tmp_path / "opened"
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$1" > {address_file}\n')
    program.chmod(0o700)
    graphstore("lineage", "a45", "--open", BROWSER=f"{program} %s")
    address = address_file.read_text().strip()
    assert address.startswith("file://")
    page = show(Path(address.removeprefix("file://")))
    assert page.title().startswith("Lineage of artifact 45")
    result = graphstore("lineage", "a45", "--open", "--format", "svg", code=2)
    assert "--open shows a page" in result.stderr
    svg = graphstore("lineage", "a45", "-o", "model.svg")
    assert "wrote model.svg" in svg.stderr
    assert (tmp_path / "model.svg").read_text(encoding="utf-8").startswith("<svg")


def test_panning_and_zooming(show) -> None:
    page = show(History(40).graph)
    stage = page.locator("#stage").bounding_box()
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] - 120
    before, at = scale(page), origin(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y - 60, steps=5)
    page.mouse.up()
    assert origin(page) == pytest.approx((at[0] + 150, at[1] - 60), abs=2)
    assert page.locator("#panel").is_hidden()  # it was no click
    page.mouse.wheel(0, -300)
    assert scale(page) > before * 1.3
    page.mouse.wheel(0, 900)
    assert scale(page) < before
    page.locator("#zoom [data-do=fit]").click()
    assert all(in_sight(page, key) for key in ("e1", "a2"))
    first_scale = scale(page)
    page.locator("#zoom [data-do=in]").click()
    assert scale(page) == pytest.approx(first_scale * 1.25)
    page.locator("#zoom [data-do=out]").click()
    assert scale(page) == pytest.approx(first_scale)
    page.locator("#zoom [data-do=home]").click()
    assert smallest_text(page) >= LEGIBLE
    # The small map leads there too.
    map_ = page.locator("#map").bounding_box()
    page.mouse.click(map_["x"] + 4, map_["y"] + map_["height"] / 2)
    assert 0 < box(page, "e1").bounding_box()["x"] < 1280


def test_search_by_type_name_id_and_property(show, tmp_path: Path) -> None:
    page = show(History(100).graph)
    results = page.locator("#results [role=option]")

    def look_for(text: str) -> str:
        page.keyboard.press("Escape")
        page.locator("#search").fill(text)
        return page.locator("#results .count").inner_text()

    assert look_for("PushedModel") == "90 found, the best 60:"
    assert look_for("every-night-0042") == "1 found"
    assert look_for("day=77/") == "1 found"
    assert "uri: s3://lake/iris/day=77/" in results.inner_text()
    assert look_for("0.043") == "1 found"
    assert "learning_rate: 0.043" in results.inner_text()
    assert look_for("failed") == "10 found"
    assert look_for("no such thing") == "0 found"
    # An id comes first, though others contain it.
    look_for("e20")
    assert (
        results.first.inner_text().startswith("Pusher e20 ")
        or "e20 ·" in results.first.inner_text()
    )
    key = "e20"
    assert not in_sight(page, key)
    page.keyboard.press("Enter")
    assert in_sight(page, key)
    assert "chosen" in box(page, key).get_attribute("class")
    assert page.locator("#panel .mark").first.inner_text().startswith("execution · e20 · ")
    assert box(page, key).locator(".halo").is_visible()
    assert page.url.endswith("#e20")
    keep_both(page, "page-search", tmp_path)
    # Enter goes on to the next one.
    page.keyboard.press("Enter")
    assert not page.url.endswith("#e20")


def test_a_click_shows_everything_and_leads_to_neighbours(show) -> None:
    page = show(History(12).graph)
    panel = page.locator("#panel")
    failure = page.locator(".box.executionFailed[data-key]").first
    failure.dispatch_event("focusin")
    key = failure.get_attribute("data-key")
    page.locator("#search").fill(key)
    page.keyboard.press("Enter")
    assert panel.locator("h2").inner_text() == "Trainer"
    assert "FAILED" in panel.locator(".marks").inner_text()
    facts = dict(
        zip(
            panel.locator("dt").all_inner_texts(),
            panel.locator("dd").all_inner_texts(),
            strict=True,
        )
    )
    assert facts["type"] == "tfx.components.Trainer"
    assert facts["learning_rate"] == "0.005"
    assert facts["error"] == "Traceback\n  boom"
    # Its inputs: to one of them by a click, and all else that this one did.
    inputs = panel.locator("li button")
    assert inputs.count() == 2
    base = inputs.filter(has_text="base_model")
    base.click()
    assert panel.locator("h2").inner_text() == "Model"
    assert "iris-species-classifier-warm-started-every-night-0003" in panel.inner_text()
    neighbours = page.locator(".box.lit[data-key]")
    both = neighbours.count()
    panel.get_by_role("button", name="Downstream").click()
    down = neighbours.count()
    panel.get_by_role("button", name="Upstream").click()
    up = neighbours.count()
    assert 1 < up < both
    assert 1 < down < both
    assert both == up + down - 1
    page.keyboard.press("Escape")
    assert panel.is_hidden()
    assert neighbours.count() == 0


def test_a_long_name_is_cut_and_whole_on_hover(show, tmp_path: Path) -> None:
    page = show(History(3).graph)
    model = page.locator(".box.asked[data-key]")
    name = "iris-species-classifier-warm-started-every-night-0002"
    label = model.locator("text.name").inner_html()
    assert "…" in label
    assert label.split("…")[0] == name[: len(label.split("…")[0])]
    model.hover()
    tip = page.locator("#tip")
    assert name in tip.inner_text()
    keep_both(page, "page-hover", tmp_path)
    page.mouse.move(300, 20)
    assert tip.is_hidden()
    page.keyboard.press("0")
    page.locator(".line .wide").first.hover(force=True)
    assert "→" in tip.inner_text()
    assert not page.evaluate(
        """() => [...document.querySelectorAll("#boxes .box")].some((box) => {
          const body = box.querySelector(".body").getBoundingClientRect();
          return [...box.querySelectorAll("text:not(.more-text)")].some((text) => {
            const at = text.getBoundingClientRect();
            return at.left < body.left || at.right > body.right;
          });
        })"""
    )


def test_keys_alone_do_it_all(show) -> None:
    page = show(History(12).graph)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Escape")
    at = scale(page)
    page.keyboard.press("+")
    assert scale(page) > at
    page.keyboard.press("0")
    assert in_sight(page, "e1")
    page.locator("#picture").focus()
    before = origin(page)
    page.keyboard.press("ArrowRight")
    assert origin(page)[0] == pytest.approx(before[0] - 90)
    page.keyboard.press("Tab")
    here = "document.activeElement.dataset.key"
    key = page.locator(".box.asked[data-key]").get_attribute("data-key")
    assert page.evaluate(here) == key
    assert "asked about" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert page.locator("#tip").is_visible()
    page.keyboard.press("ArrowLeft")
    trainer = page.evaluate(here)
    assert trainer.startswith("e")
    assert in_sight(page, trainer)
    page.keyboard.press("Enter")
    assert page.locator("#panel h2").inner_text() == "Trainer"
    assert page.locator("#said").inner_text().startswith("Trainer")
    page.keyboard.press("s")
    assert page.locator("#around").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.locator("#around").is_hidden()
    page.keyboard.press("Escape")
    # Every control has a name, and none lies outside the order of Tab.
    assert page.evaluate(
        """() => [...document.querySelectorAll("button, input")].every((one) =>
          one.tabIndex >= 0 && (one.getAttribute("aria-label") || one.textContent))"""
    )


def test_surroundings_say_what_they_leave_out(show, tmp_path: Path) -> None:
    page = show(History(300, warm=False).graph.model_copy(update={"starts": ()}))
    page.locator("#search").fill("every-night-0123")
    page.keyboard.press("Enter")
    page.locator("#panel").get_by_role("button", name="Surroundings").click()
    count = page.locator("#boxes .box").count()
    assert 3 < count < 10
    assert page.locator("#boxes .more-text").count() >= 1
    page.locator("#around").get_by_role("button", name="8 steps").click()
    assert page.locator("#boxes .more-text").count() == 0  # the whole run of it
    assert page.locator("#boxes .box").count() == 6
    boxes = page.locator("#boxes .box .body").evaluate_all(
        """all => all.map((one) => one.getBoundingClientRect())
          .map(({ x, y, right, bottom }) => [x, y, right, bottom])"""
    )
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert (
                one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            )
    keep_both(page, "page-surroundings", tmp_path)
    page.get_by_role("button", name="Back").click()
    assert page.locator("#boxes .box").count() > 6


def test_cached_ones_that_passed_on_are_listed_and_found(show, tmp_path: Path) -> None:
    history = History(2, frontier=True)
    for _ in range(30):
        execution_id = history.execution("CsvExampleGen", ExecutionState.CACHED)
        history.event(EventType.OUTPUT, 1, execution_id, "examples")
    graph = history.graph.model_copy(
        update={"executions": history.executions, "events": tuple(history.events)}
    )
    page = show(graph)
    note = page.locator("#note").inner_text()
    assert "cut off: more lies behind 1 of these" in note
    assert "30 CACHED executions that only passed artifacts on are not drawn" in note
    assert page.locator(".box.executionCached[data-key]").count() == 0
    page.keyboard.press("0")
    box(page, "a1").click()
    assert page.get_by_text("Passed on by 30 (not drawn)", exact=False).is_visible()
    page.locator("#search").fill(f"e{execution_id}")
    page.keyboard.press("Enter")
    assert "chosen" in box(page, "a1").get_attribute("class")
    assert "Not drawn: it only passed on" in page.locator("#panel").text_content()
    keep_both(page, "page-cached", tmp_path)
    path = tmp_path / "all.html"
    path.write_text(graph.to_html(fold=False), encoding="utf-8")
    whole = show(path)
    assert whole.locator(".box.executionCached[data-key]").count() == 30


@pytest.mark.parametrize("warm", [True, False], ids=["a chain", "side by side"])
def test_five_hundred_nodes_are_read(show, tmp_path: Path, warm: bool) -> None:
    graph = History(88, warm=warm).graph
    assert 490 <= len(graph.nodes()) <= 520
    with within(60):
        page = show(graph)
    assert page.locator("#boxes .box").count() == len(graph.nodes())
    assert smallest_text(page) >= LEGIBLE
    assert in_sight(page, graph.starts[0].short)
    keep_both(page, f"page-500-{'chain' if warm else 'wide'}", tmp_path)
    page.locator("#zoom [data-do=fit]").click()
    keep_both(page, f"page-500-{'chain' if warm else 'wide'}-fit", tmp_path)
    page.locator("#views button").nth(1).click()
    assert page.locator("#boxes .box").count() < 150
    assert smallest_text(page) >= LEGIBLE


@pytest.mark.parametrize("warm", [True, False], ids=["a chain", "side by side"])
def test_five_thousand_nodes_are_groups_that_open(show, tmp_path: Path, warm: bool) -> None:
    graph = History(880, warm=warm).graph
    assert len(graph.nodes()) > 5000
    with within(240):
        text = graph.to_html()
    path = tmp_path / "large.html"
    path.write_text(text, encoding="utf-8")
    with within(60):
        page = show(path)
    assert page.locator("#boxes .box").count() < 150
    assert "drawn as groups of those that are alike" in page.locator("#note").inner_text()
    assert smallest_text(page) >= LEGIBLE
    name = "chain" if warm else "wide"
    keep_both(page, f"page-5000-{name}", tmp_path)
    page.keyboard.press("0")
    keep_both(page, f"page-5000-{name}-fit", tmp_path)
    group = page.locator(".box.executionFailed[data-key]").filter(has_text="executions")
    with within(60):
        group.click()
    panel = page.locator("#panel")
    assert "88 executions · FAILED" in panel.inner_text()
    panel.locator("input").fill("0.505")
    assert panel.locator("li").count() == 1
    keep_both(page, f"page-5000-{name}-group", tmp_path)
    panel.locator("li button").click()
    assert "0.505" in panel.inner_text()
    with within(60):
        panel.get_by_role("button", name="Surroundings").click()
    assert page.locator("#boxes .box").count() >= 3
    with within(60):
        page.locator("#search").fill("every-night-0500")
        page.locator("#results [role=option]").first.click()
    assert "every-night-0500" in panel.inner_text()
    # Each frame of a drag is soon drawn.
    with within(60):
        page.mouse.move(300, 500)
        page.mouse.down()
        page.mouse.move(500, 300, steps=30)
        page.mouse.up()


def test_on_a_phone(show, tmp_path: Path) -> None:
    page = show(
        History(12).graph, width=390, height=780, has_touch=True,
        is_mobile=True, device_scale_factor=2,
    )  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert smallest_text(page) >= LEGIBLE
    keep_both(page, "page-phone", tmp_path)
    page.locator(".box.asked[data-key]").tap()
    panel = page.locator("#panel").bounding_box()
    assert panel["width"] == 390
    assert panel["y"] > 250  # the picture stays in sight above it
    key = page.locator(".box.asked[data-key]").get_attribute("data-key")
    page.wait_for_timeout(200)
    assert in_sight(page, key)
    keep_both(page, "page-phone-panel", tmp_path)


def test_hostile_names_do_nothing(show) -> None:
    evil = "</script><script>document.title = 'taken'</script><img src=x onerror=alert(1)>"
    graph = LineageGraph(
        question="upstream",
        starts=(NodeRef("artifact", 1),),
        artifacts={1: Artifact(id=1, type=evil, name=evil, custom_properties={evil: evil})},
        executions={},
        events=(),
    )
    page = show(graph)
    assert page.title() == "What artifact 1 was made from: 1 artifact, 0 executions, 0 events"
    assert page.locator("img").count() == 0
    box(page, "a1").hover()
    assert evil in page.locator("#tip").inner_text()
    box(page, "a1").click()
    assert evil in page.locator("#panel dl").inner_text()
    page.locator("#search").fill("<script>")
    assert page.locator("#results [role=option]").count() == 1
    assert page.locator("script").count() == 2


def test_an_empty_answer_says_so(show) -> None:
    graph = LineageGraph(question="run", starts=(), artifacts={}, executions={}, events=())
    page = show(graph)
    assert page.locator("#nothing").is_visible()
    assert page.title() == "A run: 0 artifacts, 0 executions, 0 events"
    page.keyboard.press("+")
    page.keyboard.press("0")
    page.locator("#search").fill("x")
    assert page.locator("#results .count").inner_text() == "0 found"


def test_an_address_leads_to_a_node_and_the_theme_can_be_turned(show, tmp_path: Path) -> None:
    page = show(History(12).graph)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.goto(page.url.partition("#")[0] + "#e5")
    assert page.locator("#panel .mark").first.inner_text().startswith("execution · e5")
    page.goto(page.url.partition("#")[0] + "#nothing")
    page.locator("#help").click()
    assert "search" in page.locator("#keys").inner_text()
