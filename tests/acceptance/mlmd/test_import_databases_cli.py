"""`graphstore import mlmd` of databases: what it prints, and that no password is seen."""

import json
import re

import pytest

from tests.wheel import need_ml_metadata

need_ml_metadata()

from tests.conftest import IRIS
from tests.integration.conftest import mysql_server, postgresql_server  # noqa: F401
from tests.mlmd_databases import copied, new_database


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_a_database_is_imported_by_its_address(store, graphstore, request, kind):
    server = request.getfixturevalue(f"{kind}_server")
    with new_database(server) as name:
        copied(IRIS, server, name)
        address = server.address(name)
        text = graphstore("import", "mlmd", address).stdout
        assert re.search(r"Artifact\s+58\s+58\s+0\s+0\s+0\s+58", text)
        assert f"{server.kind}://127.0.0.1:{server.port}/{name} (ML Metadata's schema 10)" in text
        again = json.loads(graphstore("import", "mlmd", address, "--json").stdout)
        assert again["agrees"] and again["source"] == name
        assert again["tables"]["Event"]["unchanged"] == 136
        missing = graphstore("import", "mlmd", server.address("nothing"), code=3)
        assert len(missing.stderr.splitlines()) == 1 and "/nothing" in missing.stderr
        variable = {"mysql": "MYSQL_PWD", "postgresql": "PGPASSWORD"}[server.kind]
        secrets = {variable: "s3cr3t"}
        wrong = [
            graphstore("import", "mlmd", server.address(name, "asked"), code=4, **secrets),
            graphstore("import", "mlmd", server.address(name, "asked", "s3cr3t"), code=4),
            graphstore("import", "mlmd", f"{server.kind}://u:s3cr3t@127.0.0.1:1/d", code=4),
            graphstore("import", "mlmd", f"{server.kind}://u:s3cr3t@127.0.0.1:x/d", code=2),
        ]
        for one in wrong:
            assert len(one.stderr.splitlines()) == 1 and "s3cr3t" not in one.stdout + one.stderr
