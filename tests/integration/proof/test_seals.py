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
