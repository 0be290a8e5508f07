"""Seals: made, chained, and compared with what is there."""

import pytest

from graphstore.proof.keys import make_key
from tests.integration.archive.contents import fill


@pytest.fixture
def key(tmp_path):
    return make_key(tmp_path / "key" / "seals.json")


def settle(store):
    import time

    time.sleep(1.2)


def test_what_was_sealed_is_the_same(store, key):
    fill(store)
    settle(store)
    seal = store.seals.make(key)
    report = store.seals.verify(keys=[key.public])
    assert report.problems == []
    assert report.passed and report.same == seal.size and report.unsealed == 0


def test_a_seal_is_a_time_that_is_asked_about(sealed):
    first, second = sealed.seals.list()
    model = sealed.artifacts.list(type="Model")[0]
    as_first, as_second = (sealed.artifacts.get(model.id, as_of=one) for one in (first, second))
    assert (as_first.uri, as_second.uri) != (model.uri, None)
    assert as_second == model and as_first.uri not in ("s3://elsewhere", "s3://again")
    assert sealed.explain(model, as_of=first).model == as_first
    assert sealed.explain(model, as_of=second).to_dict() == sealed.explain(model).to_dict()
    before, now = (sealed.lineage.downstream(model, as_of=one) for one in (first, second))
    assert len(before.events) < len(now.events)
