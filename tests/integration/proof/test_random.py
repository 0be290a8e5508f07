"""Random histories that are sealed at random moments: what was sealed is always the same."""

from time import sleep

import pytest
from hypothesis.stateful import rule

from graphstore.proof.keys import make_key
from graphstore.storage import changes
from tests.integration.history.test_histories import Histories, run_machine
from tests.integration.proof.conftest import verify


@pytest.mark.slow
def test_random_histories_sealed_at_random_moments_verify(database, tmp_path, monkeypatch):
    # All that a thread wrote is there as soon as it is told, on a server alone.
    monkeypatch.setattr(changes, "SETTLING", changes.timedelta(0))
    own = make_key(tmp_path / "keys" / "seals.json")

    class Sealed(Histories):
        @rule()
        def seal(self):
            sleep(0.002)
            self.store.seals.make(own)
            self.check_seals()

        def check_seals(self):
            report = verify(self.store, own)
            assert report.problems == [] and report.unsealed == 0
            assert report.same == sum(seal.size for seal in self.store.seals.list())

        def teardown(self):
            if hasattr(self, "store"):
                self.seal()
                assert self.store.seals.list()[-1].size > 0

    Sealed.database = database
    run_machine(Sealed, 15)
