"""A MariaDB and a PostgreSQL for the tests of a session."""

from collections.abc import Iterator

import pytest

from tests.sql_servers import SqlServer, mariadb, postgresql


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[SqlServer]:
    with mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[SqlServer]:
    with postgresql() as server:
        yield server


@pytest.fixture
def sql_server(request: pytest.FixtureRequest) -> SqlServer:
    """One of them: the parameter says which, ``mysql`` or ``postgresql``."""
    server: SqlServer = request.getfixturevalue(f"{request.param}_server")
    return server
