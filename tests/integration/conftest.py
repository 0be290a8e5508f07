"""What these tests share: a MariaDB and a PostgreSQL of a session, and what plans a server had.

Where the programs of the two are missing the tests are skipped; in CI that is an error.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from graphstore.database import Database
from tests.sql_servers import MissingProgram, SqlServer, mariadb, postgresql


def _running(start: Callable[[], AbstractContextManager[SqlServer]]) -> Iterator[SqlServer]:
    try:
        with start() as server:
            yield server
    except MissingProgram as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[SqlServer]:
    yield from _running(mariadb)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[SqlServer]:
    yield from _running(postgresql)


@pytest.fixture
def sql_server(request: pytest.FixtureRequest) -> SqlServer:
    """One of them: the parameter says which, ``mysql`` or ``postgresql``."""
    server: SqlServer = request.getfixturevalue(f"{request.param}_server")
    return server


@pytest.fixture
def forget_plans(database: Database) -> Callable[[], int]:
    """Makes the server forget its plans; the answer is how many it had."""

    def forget() -> int:
        records, _, _ = database.driver.execute_query("CALL db.clearQueryCaches()")
        return int(re.findall(r"\d+", records[0][0])[0])

    return forget
