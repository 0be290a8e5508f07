"""`graphstore import mlflow`, on a database that MLflow wrote."""

import json
import shutil

import pytest

from tests.integration.mlflow.conftest import client, histories, mlflow_python

__all__ = ["client", "histories", "mlflow_python"]


@pytest.fixture
def wine(histories, tmp_path):
    """The database of MLflow's in the folder that the command runs in."""
    return shutil.copy(histories["database"].path, tmp_path / "wine.db")


def test_the_command_says_what_it_read_and_what_became_of_it(store, graphstore, wine):
    out = graphstore("import", "mlflow", "sqlite:///wine.db").stdout
    assert "Read: 4 experiments, 20 runs" in out
    assert "wine.db is 'wine' in the store" in out
    assert "Every row that was read is accounted for." in out
    again = json.loads(graphstore("import", "mlflow", "wine.db", "--json").stdout)
    assert again["agrees"]
    assert again["tables"]["runs"]["unchanged"] == 20
    assert "accuracy" in graphstore("history", "iris").stdout


def test_what_is_not_mlflows_ends_the_command_with_one_sentence(store, graphstore, tmp_path):
    (tmp_path / "mlruns").mkdir()
    assert "is not a store of MLflow's" in graphstore("import", "mlflow", "mlruns", code=2).stderr
    assert "found nothing" in graphstore("import", "mlflow", "sqlite:///no.db", code=2).stderr
