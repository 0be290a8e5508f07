"""The pages of artifacts, executions and contexts."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from graphstore import Artifact, ArtifactType, Context, ContextType, Execution, ExecutionType
from tests.unit.test_files_of_pages import png

pytestmark = pytest.mark.browser

HOSTILE = "<script>alert('x')</script>\u202egnp.exe\x1b[31m 💥 " + "long" * 200


def text_of(page, name):
    return page.locator("section", has=page.get_by_role("heading", name=name, exact=True))


def test_a_model_an_execution_and_a_context_of_a_real_history(visit, iris, look):
    page = visit(iris, "/a45")
    assert "0.98" in text_of(page, "Metrics").inner_text()
    assert "learning_rate" in text_of(page, "How it was made").inner_text()
    assert "/pipelines/iris/serving/1795227941" in text_of(page, "Where it went").inner_text()
    assert "This server shows no files" in text_of(page, "The file").inner_text()
    look(page, "artifact")
    page.get_by_role("link", name="e44", exact=False).first.click()
    assert page.url.endswith("/e44")
    assert text_of(page, "What it read").locator("tbody tr").count() == 3
    assert "0.02" in text_of(page, "Parameters").inner_text()
    look(page, "execution")
    page.goto("/c5")
    assert page.get_by_role("heading", name="Executions").is_visible()
    look(page, "context")


def test_a_step_that_failed_says_how_and_a_file_is_looked_at_when_asked(
    visit, store, look, tmp_path
):
    (tmp_path / "m.json").write_text('{"accuracy":0.9}')
    (tmp_path / "p.png").write_bytes(png(60, 40))
    outside = tmp_path.parent / "outside.txt"
    outside.write_text("secret")
    with store.run("churn") as run:
        with run.execution("Train", parameters={"rate": 0.1}) as step:
            for at in range(20):
                step.log(loss=1 / (at + 1), step=at)
            model = step.output("model", str(tmp_path / "m.json"), type="Model")
            step.output("plot", str(tmp_path / "p.png"), type="Plot")
            step.output("other", str(outside), type="Text")
        with pytest.raises(ValueError), run.execution("Evaluate"):
            raise ValueError("no such column: label2")
    model, plot, other = (
        store.artifacts.list(type=type).items[0] for type in ("Model", "Plot", "Text")
    )
    made, failed = store.executions.list()
    page = visit(store, f"/{model.ref.short}", roots=(tmp_path,))
    assert '"accuracy": 0.9' in text_of(page, "The file").inner_text()
    (tmp_path / "m.json").write_text("changed")
    page.get_by_role("button", name="Is it what it was?").click()
    page.get_by_text("CHANGED", exact=True).wait_for()
    page.goto(f"/{plot.ref.short}")
    assert page.locator("img.preview").evaluate("image => image.naturalWidth") == 60
    answer = page.request.get(f"/{plot.ref.short}/file")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    look(page, "artifact-picture")
    page.goto(f"/{other.ref.short}")
    assert "none of the folders" in text_of(page, "The file").inner_text()
    assert "secret" not in page.content()
    assert page.request.get(f"/{other.ref.short}/file").status == 404
    page.goto(f"/{failed.ref.short}")
    assert page.get_by_text("no such column: label2").first.is_visible()
    assert "raise ValueError" in page.locator("pre").first.inner_text()
    page.goto(f"/{made.ref.short}")
    assert text_of(page, "Metrics over steps").locator("tbody tr").count() == 1
    look(page, "execution-recorded")


def test_what_somebody_called_things_is_text(visit, store, look):
    store.types.put(ArtifactType(name="<b>T</b>"))
    store.types.put(ExecutionType(name="E"))
    store.types.put(ContextType(name="C"))
    made = store.publish(
        Execution(type="E", name=HOSTILE, custom_properties={HOSTILE[:60]: HOSTILE}),
        outputs={HOSTILE: [Artifact(type="<b>T</b>", name=HOSTILE, uri="javascript:alert(1)")]},
        contexts=[Context(type="C", name=HOSTILE)],
    )
    page = visit(store, f"/{made.outputs[0].ref.short}")
    for node in (made.outputs[0], made.execution, made.contexts[0]):
        page.goto(f"/{node.ref.short}")
        assert "<script>alert('x')</script>\\u202egnp.exe\\x1b" in page.locator("h1").inner_text()
        assert page.locator("main a[href^=javascript]").count() == 0
        look(page, f"hostile-{node.kind}")


def test_addresses_that_lead_nowhere_and_moments_when_nothing_was_there(visit, iris):
    page = visit(iris, "/a45")

    def answer(path):
        found = page.request.get(path, headers={"accept": "text/html"})
        return found.status, found.text()

    assert answer("/a4500")[0] == 404
    assert "no artifact has id 4500" in answer("/a4500")[1]
    assert "or none was recorded by 2020" in answer("/a45?as_of=2020-01-01")[1]
    for path in ("/x45", "/a", "/a45x", "/A45", "/a" + "9" * 17, "/e44/file", "/a45/nothing"):
        assert answer(path)[0] == 404, path
    assert answer(f"/a45?as_of={quote('not a time')}")[0] == 400
    page.goto("/a45?as_of=2030-01-01")
    assert "as_of=2030-01-01" in page.get_by_role("link", name="e44").first.get_attribute("href")


def test_the_python_behind_a_page_works(visit, iris):
    page = visit(iris, "/a45?as_of=2030-01-01")
    page.get_by_text("The same elsewhere").click()
    python = page.get_by_role("region", name="Python").locator("code").inner_text()
    assert "0.98" in str(eval(python, {"store": iris}))
    cypher = page.get_by_role("region", name="Cypher").locator("code").inner_text()
    rows = iris.database.driver.execute_query(cypher).records
    assert [row["artifact"]["id"] for row in rows] == [45]
