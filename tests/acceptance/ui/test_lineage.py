"""The lineage explorer: expand, paths, filters, two models in one picture, and what is hostile."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from graphstore import Artifact, ArtifactType, Execution, ExecutionState, ExecutionType

pytestmark = pytest.mark.browser

HOSTILE = "<script>document.title='pwned'</script>\u202e\x1b[31m" + "long" * 80 + " 🤖"


def inside(page: Any) -> Any:
    """The picture, once it is drawn."""
    frame = page.frame_locator("iframe.explorer")
    frame.locator("html[data-ready]").wait_for(state="attached")
    return frame


def keys(page: Any) -> set[str]:
    return set(
        inside(page)
        .locator("#boxes .box")
        .evaluate_all("boxes => boxes.map((box) => box.dataset.key)")
    )


def test_the_explorer_shows_a_real_history(visit, iris, look):
    page = visit(iris, "/a45/lineage?direction=upstream&hops=2")
    assert urlsplit(page.url).path == "/lineage"
    assert parse_qs(urlsplit(page.url).query)["of"] == ["a45"]
    graph = iris.lineage.upstream(45, max_hops=2, max_nodes=300)
    drawn = keys(page)
    assert {one.ref.short for one in graph.artifacts.values()} <= drawn
    assert page.get_by_text("Cut off: more lies behind").is_visible()
    assert (
        page.locator("details.list summary").inner_text()
        == f"As a list: {len(graph.nodes())} nodes"
    )

    # Expanded, it has the neighbours of a box, where that was; the address says so.
    maker = graph.frontier[0].short
    frame = inside(page)
    frame.locator("#search").fill(maker)
    frame.locator("#search").press("Enter")
    assert frame.get_by_role("link", name="Open page").get_attribute("href") == f"/{maker}"
    box = frame.locator(f'.box[data-key="{maker}"]')
    before = box.bounding_box()
    frame.get_by_role("link", name="Expand").click()
    page.wait_for_url("**expand=**")
    assert parse_qs(urlsplit(page.url).query)["expand"] == [maker]
    box = inside(page).locator(f'.box[data-key="{maker}"]')
    after = box.bounding_box()
    assert abs(before["x"] - after["x"]) < 30 and abs(before["y"] - after["y"]) < 30
    around = iris.lineage.connected(maker, max_hops=1)
    more = {one.ref.short for one in around.artifacts.values()}
    assert more <= keys(page) and len(keys(page)) > len(drawn)
    inside(page).locator("#picture").press("e")  # and back, by a key
    page.wait_for_function("!location.search.includes('expand')")
    assert keys(page) == drawn
    look(page, "lineage")
    page.emulate_media(color_scheme="dark")
    look(page, "lineage-dark")


def test_filters_paths_and_what_only_passed_things_on(visit, iris):
    page = visit(iris, "/lineage?of=a1&to=a45")
    graph = iris.lineage.between(1, 45)
    assert {one.ref.short for one in graph.artifacts.values()} == {
        one for one in keys(page) if one.startswith("a")
    }
    page.goto("/lineage?of=a45&to=a1")
    assert page.get_by_text("No path leads from a45 to a1").is_visible()
    page.goto("/lineage?of=a45&direction=upstream&type=Examples&state=COMPLETE")
    assert page.get_by_text("Only Examples, COMPLETE.").is_visible()
    types = {iris.artifacts.get(one).type for one in keys(page) if one.startswith("a")}
    assert types == {"Examples", "Model"}
    page.goto("/lineage?of=a45&direction=upstream&passed_on=1")
    with_all = iris.lineage.upstream(45, passed_on=True)
    assert f"{len(with_all.nodes())} nodes" in page.locator("details.list summary").inner_text()


def test_two_models_in_one_picture(visit, iris, look):
    page = visit(iris, "/lineage?of=a45&with=a54")
    diff = iris.diff(45, 54)
    assert page.locator(".verdict").inner_text().startswith(diff.title)
    # a54 was trained on from a45: all that led to the one led to the other.
    own = {p.b.ref.short for p in diff.positions if p.b is not None and p.status != "same"}
    shared = {p.a.ref.short for p in diff.positions if p.a is not None}
    own -= shared | {p.b.ref.short for p in diff.positions if p.status == "same"}
    assert own
    for address, tone in (("of=a45&with=a54", "Second"), ("of=a54&with=a45", "First")):
        page.goto(f"/lineage?{address}")
        frame = inside(page)
        legend = frame.locator("#legend").inner_text()
        assert "only a54 has it so" in legend and "only a45 has it so" not in legend
        marked = frame.locator(f"#boxes .box.artifact{tone}, #boxes .box.execution{tone}")
        shown = marked.evaluate_all("boxes => boxes.map((box) => box.dataset.key)")
        assert set(shown) == own & keys(page)
    look(page, "lineage-with")


def test_without_a_thing_it_says_how_and_mistakes_are_told(visit, iris, look):
    page = visit(iris, "/lineage")
    assert page.get_by_text("Name it by its id").is_visible()
    look(page, "lineage-form")
    page.get_by_label("Of", exact=True).fill("a45")
    page.get_by_role("button", name="Draw").click()
    page.wait_for_url("**of=a45**")
    assert "a45" in keys(page)
    for query, status, says in (
        ("of=a999999", 404, "a999999"),
        ("of=x1", 400, "x1"),
        ("of=a45&direction=sideways", 400, "direction=sideways"),
        ("of=a45&hops=-1", 400, "hops=-1"),
        ("of=a45&nodes=100000", 400, "1 to 2000"),
        ("of=a45&to=a1&with=a54", 400, "give one"),
        ("of=a45&state=LIVELY", 400, "state=LIVELY"),
        ("of=a45&type=Modle", 404, "Modle"),
    ):
        answer = page.request.get(f"/lineage?{query}", headers={"accept": "text/html"})
        assert answer.status == status, query
        assert says in answer.text(), query


def test_the_picture_is_framed_by_this_server_alone(visit, iris):
    page = visit(iris)
    answer = page.request.get("/lineage/picture?of=a45")
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "default-src 'none'" in policy
    assert (
        page.request.get("/lineage")
        .headers["content-security-policy"]
        .endswith("frame-ancestors 'none'")
    )


def test_tombstones_hostile_names_and_moments(visit, store, look):
    store.types.put_many([ArtifactType(name="Data"), ArtifactType(name=f"T{HOSTILE}"[:200])])
    store.types.put(ExecutionType(name="Train"))
    data = Artifact(type="Data", name=HOSTILE, uri="file:///x<y>")
    model = Artifact(type=f"T{HOSTILE}"[:200], name="m\u202e")
    train = Execution(type="Train", state=ExecutionState.COMPLETE)
    made = store.publish(train, {"data": [data]}, {"model": [model]})
    artifact, result = made.inputs[0], made.outputs[0]
    before = datetime.now(timezone.utc)
    other = store.publish(train, {"data": [artifact]}, {"model": [Artifact(type=model.type)]})
    store.delete(other.execution, reason="<b>no</b>")
    page = visit(store, f"/lineage?of={result.ref.short}")
    assert page.title() != "pwned"
    inside(page)
    assert page.locator("iframe.explorer").count() == 1
    page.goto(f"/lineage?of={artifact.ref.short}&direction=downstream")
    frame = inside(page)
    gone = frame.locator(f'.box[data-key="{other.execution.ref.short}"]')
    assert "executionGone" in gone.get_attribute("class")
    look(page, "lineage-hostile")
    page.goto(f"{page.url}&as_of={before:%Y-%m-%dT%H:%M:%S.%f}")
    assert other.execution.ref.short not in keys(page)
    assert result.ref.short in keys(page)
