"""Models, what data reached, the log, types, and lists of nodes."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timezone

import pytest

from graphstore import Artifact, ArtifactType, Execution, ExecutionType
from graphstore.web import pages

pytestmark = pytest.mark.browser

HOSTILE = "=<script>alert('x')</script>\u202e 💥 " + "long" * 100


def rows_of(page, name):
    region = page.get_by_role("region", name=name, exact=True)
    return [row.inner_text() for row in region.locator("tbody tr").all()]


def answer(page, path):
    found = page.request.get(path, headers={"accept": "text/html"})
    return found.status, found.text()


def test_models_say_how_good_they_are_where_they_serve_and_who_decided_why(visit, iris, look):
    models = iris.artifacts.list(type="Model", descending=True)
    iris.decisions.record(
        models[1], candidates=models, metric="accuracy", threshold=0.8, reason="best", actor="ann"
    )
    day = datetime(2026, 11, 25, tzinfo=timezone.utc)
    iris.decisions.deploy(models[0], "live", actor="bob", time=day)
    iris.decisions.deploy(models[1], "live", actor="ann", reason="better")
    page = visit(iris, "/models")
    serving = rows_of(page, "In production")
    assert len(serving) == 2 and "better" in serving[0] and "a45" in serving[0]
    found = rows_of(page, "Models")
    assert len(found) == 6 and "0.98" in found[1] and "live" in found[1]
    assert "best" in rows_of(page, "Decisions")[0]
    assert page.locator("#timeline svg").is_visible()
    look(page, "models")
    page.set_viewport_size({"width": 720, "height": 1000})
    page.emulate_media(media="print")  # what lies beyond the paper nobody can scroll to
    cut = "tables => tables.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert page.locator(".wide").evaluate_all(cut) == 0
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.route("**/compare?**", lambda route: route.fulfill(body="side by side"))
    page.get_by_label("Compare a45").check()
    page.get_by_label("Compare a54").check()
    page.get_by_role("button", name="Compare those that are marked").click()
    page.wait_for_url("**/compare?of=a54&of=a45")
    page.goto("/models?on=2026-11-25")
    assert "bob" in rows_of(page, "In production")[0]
    page.goto("/models?as_of=2020-01-01")
    assert page.get_by_text("No models.").is_visible()
    assert answer(page, "/models?on=soon")[0] == 400
    assert answer(page, "/models?type=Modl")[0] == 404


def test_what_data_reached_is_a_list_to_hand_over(visit, iris, look):
    page = visit(iris, "/a41/impact")
    reached = iris.impact("a41")
    assert page.get_by_text(reached.title).first.is_visible()
    assert len(rows_of(page, "Models")) == len(reached.models)
    look(page, "impact")
    table = list(csv.reader(io.StringIO(page.request.get("/a41/impact.csv").text())))
    assert [row[1] for row in table[1:]] == [one.node.ref.short for one in reached.reached]
    assert answer(page, "/e44/impact")[0] == 404
    page.goto("/a58/impact")
    assert page.get_by_text("It reached no model").is_visible()


def test_a_list_to_hand_over_that_is_cut_off_says_so(visit, iris, monkeypatch):
    monkeypatch.setattr(pages.impact, "_NODES", 5)
    monkeypatch.setattr(pages.impact, "_NODES_OF_TABLE", 10)
    page = visit(iris, "/a41/impact")
    cut = page.get_by_text("Cut off: more lies beyond the bound of 5 nodes")
    assert "the CSV is of 10" in cut.inner_text()
    rows = list(csv.reader(io.StringIO(page.request.get("/a41/impact.csv").text())))
    assert rows[-1][0] == "cut off" and "beyond 10 nodes" in rows[-1][3]
    assert {len(row) for row in rows} == {len(rows[0])}


def test_what_is_guessed_or_deleted_is_said_to_be(visit, store, look):
    store.types.put_many(
        [ArtifactType(name=name) for name in ("Data", "ChurnModel", HOSTILE)]
        + [ExecutionType(name="E")]
    )
    data = store.publish(Execution(type="E"), outputs=[Artifact(type="Data")]).outputs[0]
    made = store.publish(
        Execution(type="E"),
        {"data": data},
        {
            "a": [
                Artifact(type="ChurnModel", name=HOSTILE),
                Artifact(type="ChurnModel", name="-1+1|' /C calc'!A0"),
                Artifact(type=HOSTILE),
            ]
        },
    )
    store.publish(Execution(type="E"), {"m": made.outputs[0]}, [])
    store.delete(made.outputs[1], reason="of no use")
    page = visit(store, f"/{data.ref.short}/impact")
    found = rows_of(page, "Models")
    assert "guessed by its name" in found[0] and "<script>" in found[0]
    assert any("of no use" in row for row in found)
    look(page, "impact-hostile")
    table = list(csv.reader(io.StringIO(page.request.get(f"{page.url}.csv").text())))
    assert {row[3][:2] for row in table[1:]} == {"'=", ""}
    page.goto("/models")
    assert "?" in rows_of(page, "Models")[0]
    look(page, "models-hostile")
    page.goto("/types")
    assert any(HOSTILE[:20] in row for row in rows_of(page, "Types of artifacts"))
    look(page, "types-hostile")
    page.goto("/artifacts?deleted=1")
    assert any("deleted" in row for row in rows_of(page, "Artifacts"))
    look(page, "artifacts-hostile")
    page.goto("/changes")
    assert any("of no use" in row for row in rows_of(page, "Changes"))
    look(page, "changes-hostile")


def test_the_log_tells_from_what_to_what_a_page_at_a_time(visit, store, look):
    store.types.put(ArtifactType(name="A"))
    first = store.artifacts.put(Artifact(type="A", name="a", uri="/old"))
    for at in range(6):
        first = store.artifacts.put(first.evolve(uri=f"/new/{at}"))
    page = visit(store, f"/changes?of={first.ref.short}&limit=3")

    def all_pages(button):
        seen = []
        while True:
            seen += rows_of(page, "Changes")
            following = page.get_by_role("button", name=button)
            if not following.count():
                return seen
            page.goto(following.get_attribute("href"))

    latest_first = all_pages("The 3 before")
    assert len(latest_first) == 7
    assert "/new/4 → /new/5" in latest_first[0] and "/old → /new/0" in latest_first[-2]
    page.get_by_role("link", name="The earliest first").click()
    page.wait_for_url("**earliest=1**")
    assert all_pages("The next 3") == latest_first[::-1]
    page.goto("/changes?by=nobody")
    assert page.get_by_text("Nothing was recorded, changed or deleted").is_visible()
    for path in ("/changes?since=soon", "/changes?of=x", "/changes?limit=0"):
        assert answer(page, path)[0] == 400, path
    assert answer(page, "/changes?of=a99")[0] == 404


def test_types_lead_to_lists_that_are_filtered_and_paged(visit, iris, look):
    page = visit(iris, "/types")
    look(page, "types")
    page.get_by_role("link", name="Model", exact=True).click()
    assert len(rows_of(page, "Artifacts")) == 6
    look(page, "artifacts")
    page.goto("/executions?state=FAILED")
    assert len(rows_of(page, "Executions")) == 2
    page.goto("/artifacts?filter=id+<+20&limit=7&newest=1")
    seen = []
    while True:
        seen += rows_of(page, "Artifacts")
        following = page.get_by_role("button", name="The next 7")
        if not following.count():
            break
        page.goto(following.get_attribute("href"))
    assert [row.split()[0] for row in seen] == [f"a{id_}" for id_ in range(19, 0, -1)]
    assert answer(page, "/artifacts?filter=nonsense")[0] == 400
    assert answer(page, "/artifacts?type=Modl")[0] == 404
    assert answer(page, "/artifacts?after=nonsense")[0] == 400
    page.goto("/contexts?as_of=2020-01-01")
    assert page.get_by_text("No contexts.").is_visible()


def test_an_empty_store_says_so(visit, store, look):
    page = visit(store, "/models")
    assert page.get_by_text("Nothing was deployed or pushed").is_visible()
    look(page, "models-empty")
    page.goto("/changes?since=2100-01-01")
    assert page.get_by_text("Nothing was recorded").is_visible()
    page.goto("/types")
    assert page.get_by_text("No types of contexts", exact=False).count() <= 1
    page.goto("/artifacts")
    assert page.get_by_text("No artifacts.").is_visible()
