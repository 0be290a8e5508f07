"""Each page on a store of many nodes: it is bounded, and says what it leaves out."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import pytest

from benchmarks.histories import history
from benchmarks.peers.ours import Graphstore
from benchmarks.servers import Address
from graphstore import Store
from tests.conftest import empty

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NODES = 30_000
"""More than any bound of a page. What 10^5 cost is measured by `benchmarks`, as its `ui`."""


@dataclass(frozen=True)
class Large:
    """The store, and what its pages are asked about."""

    store: Store
    first_examples: str
    """The data of the first run of the first pipeline: they reached all its models."""
    first_model: str
    last_model: str
    """Of the same pipeline, made from each model before it."""
    failed: str
    """The run that was recorded last."""


@pytest.fixture(scope="module")
def large(server, database):
    empty(database)
    peer = Graphstore(Address(server.uri, server.user, server.password))
    with closing(peer.store) as store:
        records = list(history(NODES))
        ids = peer.load(records)
        first = [one for one in records if "pipeline-0/" in one.name]
        examples, *_ = (one.key for record in first for one in record.outputs)
        models = [one.key for record in first for one in record.outputs if one.type == "Model"]
        with pytest.raises(ValueError, match="no such loss"):
            with store.run("pipeline-2", name="the last", capture=()) as run:
                with run.execution("Trainer", name="train") as step:
                    for at in range(1000):
                        step.log(loss=1 / (1 + at), step=at)
                    raise ValueError("no such loss")
        store.decisions.deploy(ids[models[-1]], "live", actor="ann", reason="the last")
        yield Large(
            store,
            f"a{ids[examples]}",
            f"a{ids[models[0]]}",
            f"a{ids[models[-1]]}",
            run.ref.short,
        )
    empty(database)


PAGES = {
    "home": ("/", ["the last", "{last_model}"]),
    "runs": ("/runs", ["the last"]),
    "runs-of-a-pipeline": ("/runs?pipeline=pipeline-0", []),
    "runs-by-a-metric": ("/runs?sort=metric.score", []),
    "run": ("/{failed}", ["no such loss"]),
    "models": ("/models", ["{last_model}", "live"]),
    "start": ("/models?start=1", []),
    "model": ("/{last_model}", ["live"]),
    "examples": ("/{first_examples}", []),
    "impact": ("/{first_examples}/impact", ["live"]),
    "lineage": ("/lineage?of={last_model}", []),
    "two-models": ("/lineage?of={last_model}&with={first_model}", []),
    "compare": ("/compare?of={first_model}&of={last_model}", ["What differs"]),
    "changes": ("/changes", ["{last_model}"]),
    "first-changes": ("/changes?earliest=1", ["pipeline-0"]),
    "types": ("/types", ["Examples", "Trainer"]),
    "artifacts": ("/artifacts?type=Model", []),
    "executions": ("/executions", []),
    "contexts": ("/contexts?type=PipelineRun", []),
    "search": ("/search?q=pipeline-1/run-00", []),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_many_nodes(visit, large, look, name):
    path, texts = PAGES[name]
    page = visit(large.store, path.format(**vars(large)))
    for text in texts:
        assert page.get_by_text(text.format(**vars(large))).first.is_visible()
    assert page.locator("tbody tr").count() <= 1000, "a page that nobody reads to its end"
    look(page, f"large-{name}", axe=False)
