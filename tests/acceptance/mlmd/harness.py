"""A plugin of pytest for a run of ML Metadata's own suite: an empty graphstore for each case.

In process, the suite's factory of stores is replaced, and nothing else of it. Over gRPC (the
suite's own option ``--use_grpc_backend``) not even that: its client asks the server, over whose
database the cases run. `tests.acceptance.mlmd.suite` starts it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from graphstore import Store
from graphstore.mlmd import MetadataStore
from tests.conftest import Server

# What stays between cases is what every store has. The counters too: a server that has leased a
# block of ids must not see them given out a second time.
WIPE = """
MATCH (n)
WHERE NOT n:GraphstoreMigration AND NOT n:GraphstoreSequence AND NOT (n:Type AND n.id < 10)
DETACH DELETE n
"""


class Harness:
    """The plugin of one run."""

    def __init__(self, server: Server, results: Path) -> None:
        self._database, self._results = server.connect(), results
        self._outcomes: dict[str, str] = {}

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        with self._database.driver.session(database=self._database.name) as session:
            session.run(WIPE).consume()
        if not item.config.getoption("--use_grpc_backend"):
            item.module._get_metadata_store = lambda cli_args: MetadataStore(Store(self._database))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.rpartition("::")[2]
        if report.when == "call" or report.outcome != "passed":
            self._outcomes[name] = report.outcome

    def pytest_sessionfinish(self) -> None:
        self._results.write_text(json.dumps(self._outcomes))
        self._database.close()


def pytest_configure(config: pytest.Config) -> None:
    """Begin a run, as the environment says."""
    settings = json.loads(os.environ["GRAPHSTORE_SUITE"])
    harness = Harness(Server(**settings["server"]), Path(settings["results"]))
    config.pluginmanager.register(harness, "graphstore-harness")
