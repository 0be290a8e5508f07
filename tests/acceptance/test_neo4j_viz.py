"""Lineage in neo4j-viz: what it is given, and what it draws of that in Chromium."""

import sys

import pytest

from graphstore import Artifact, ExecutionState
from graphstore.errors import MissingExtra
from graphstore.interop.mlmd_import import import_mlmd
from tests.chromium import chromium, keep
from tests.conftest import IRIS


@pytest.fixture
def iris(store):
    import_mlmd(store, IRIS)
    return store


def test_nodes_and_relations_are_those_of_the_picture(iris):
    execution = iris.executions.get(30)
    iris.executions.put(execution.evolve(state=ExecutionState.FAILED))
    graph = iris.lineage.upstream(32)
    viz = graph.to_neo4j_viz()
    by_id = {node.id: node for node in viz.nodes}
    assert by_id.keys() == {box.key for box in graph.picture().boxes}
    assert len(viz.relationships) == len(graph.picture().arrows)
    model, trainer, failure = by_id["a32"], by_id["e22"], by_id["e30"]
    assert (model.caption, trainer.caption) == ("a32 Model", "e22 Trainer")
    assert model.properties["uri"] == "/pipelines/iris/root/Trainer/model/30"
    assert failure.properties["state"] == "FAILED"
    assert len({str(node.color) for node in (model, trainer, failure)}) == 3
    assert model.size > trainer.size  # it was asked about
    (output,) = [r for r in viz.relationships if (r.source, r.target) == ("e30", "a32")]
    assert (output.caption, output.properties["event"]) == ("model", "OUTPUT")
    assert [entry.label for entry in viz.legend.nodes.entries] == [
        "artifact",
        "execution",
        "failed",
    ]


@pytest.mark.browser
def test_it_is_drawn_without_a_network(iris, tmp_path):
    viz = iris.lineage.upstream(14).to_neo4j_viz()
    picture = viz.render(layout="hierarchical", layout_options={"direction": "right"})
    page_file = tmp_path / "viz.html"
    page_file.write_text(f"<!doctype html><meta charset=utf-8>{picture.data}", encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 700})
        page.context.set_offline(True)
        errors = []
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(page_file.as_uri())
        page.get_by_text("Legend").wait_for()
        page.wait_for_function(_HAS_PIXELS)
        keep(page, "neo4j-viz", tmp_path)
        assert errors == []


# Whether a canvas shows the colours of artifacts and of executions: #c2952b and #4a7db8.
_HAS_PIXELS = """() => [...document.querySelectorAll('canvas')].some((canvas) => {
  const context = canvas.getContext('2d');
  if (!context || !canvas.width) return false;
  const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = (r, g, b) => {
    for (let i = 0; i < data.length; i += 4)
      if (data[i] === r && data[i + 1] === g && data[i + 2] === b) return true;
    return false;
  };
  return seen(0xc2, 0x95, 0x2b) && seen(0x4a, 0x7d, 0xb8);
})"""


@pytest.mark.browser
def test_what_users_call_things_is_no_markup(store, tmp_path):
    hostile = "</script><script>document.title='pwned'</script>"
    with store.run("x", capture=()) as run, run.execution("Train") as step:
        step.output("m", f"s3://{hostile}", type="Model", properties={"note": hostile})
    picture = store.lineage.upstream(step.outputs["m"][0]).to_neo4j_viz().render()
    page_file = tmp_path / "viz.html"
    page_file.write_text(f"<!doctype html><meta charset=utf-8>{picture.data}", encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page()
        page.context.set_offline(True)
        page.goto(page_file.as_uri())
        page.get_by_text("Legend").wait_for()
        assert page.title() != "pwned"


def test_without_the_extra(store, types, monkeypatch):
    graph = store.lineage.upstream(store.artifacts.put(Artifact(type="Model")))
    monkeypatch.setitem(sys.modules, "neo4j_viz", None)
    with pytest.raises(MissingExtra, match="neo4j-viz"):
        graph.to_neo4j_viz()
