"""Every call that counts something takes a whole number of any library, and refuses others."""

from __future__ import annotations

import numpy as np
import pytest

from graphstore import Artifact, Execution, InvalidArgument, ToPublish

# Each takes the store, an artifact and the number; with the least that it takes.
CALLS = {
    "artifacts.list": (lambda s, a, n: s.artifacts.list(limit=n), 1),
    "artifacts.iterate": (lambda s, a, n: list(s.artifacts.iterate(page_size=n)), 1),
    "events.of_artifacts": (lambda s, a, n: s.events.of_artifacts(a, limit=n), 1),
    "events.of_artifacts, skip": (lambda s, a, n: s.events.of_artifacts(a, skip=n), 0),
    "changes": (lambda s, a, n: s.changes(limit=n), 1),
    "changes of one": (lambda s, a, n: s.changes(a, limit=n), 1),
    "contexts.of_artifact": (lambda s, a, n: s.contexts.of_artifact(a, limit=n), 1),
    "compare": (lambda s, a, n: s.compare(*s.artifacts.list(), limit=n), 2),
    "decisions.deployments": (lambda s, a, n: s.decisions.deployments(limit=n), 1),
    "history": (lambda s, a, n: s.history("iris", limit=n), 1),
    "lineage.upstream, hops": (lambda s, a, n: s.lineage.upstream(a, max_hops=n), 0),
    "lineage.upstream, nodes": (lambda s, a, n: s.lineage.upstream(a, max_nodes=n), 1),
    "production": (lambda s, a, n: s.production(limit=n), 1),
    "publish_many": (lambda s, a, n: list(s.publish_many([_train()], batch=n)), 1),
    "resolve.latest": (lambda s, a, n: s.resolve.latest("Model", limit=n), 1),
    "runs": (lambda s, a, n: s.runs(limit=n), 1),
    "search": (lambda s, a, n: s.search("iris", limit=n), 1),
    "types.counts": (lambda s, a, n: s.types.counts(most=n), 1),
}


def _train():
    return ToPublish(Execution(type="Train"), {}, {})


@pytest.fixture
def model(store):
    with store.run("iris", "first", capture=()) as run, run.execution("Train") as step:
        step.output("model", Artifact(type="Model"))
        step.output("model", Artifact(type="Model"))
    return step.outputs["model"][0]


@pytest.mark.parametrize("name", CALLS)
def test_a_limit_is_a_whole_number(store, model, name):
    ask, least = CALLS[name]
    for number in (max(least, 2), np.int64(max(least, 2)), 2**70):
        ask(store, model, number)
    for wrong in (least - 1, True, np.True_, 2.0, "2"):
        with pytest.raises(InvalidArgument, match=f"must be a whole number, {least} or more, not "):
            ask(store, model, wrong)
