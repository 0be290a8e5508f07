"""OpenLineage's own clients, each in an environment of its own, against the endpoint."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from graphstore import Store
from graphstore.web import Server
from tests.environments import environment

CLIENT = ("openlineage-python==1.54.0",)
# dbt-core 1.12 asks for a package that downloads as it is installed.
DBT = ("openlineage-dbt==1.54.0", "dbt-core<1.12", "dbt-duckdb<1.12")

PROGRAM = """
import sys, json
from datetime import datetime, timedelta, timezone
from uuid import UUID
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import (
    Dataset, DatasetEvent, InputDataset, Job, JobEvent, OutputDataset, Run, RunEvent, RunState)
from openlineage.client.facet_v2 import parent_run, schema_dataset

client = OpenLineageClient(config={"transport": json.loads(sys.argv[1])})
START = datetime(2026, 1, 1, tzinfo=timezone.utc)

def tell(state, minute, run, job, inputs=(), outputs=()):
    facets = {"parent": parent_run.ParentRunFacet(
        parent_run.Run(str(UUID(int=99))), parent_run.Job("n", "flow"))}
    client.emit(RunEvent(
        eventTime=(START + timedelta(minutes=minute)).isoformat(), producer="https://example.org",
        run=Run(str(UUID(int=run)), facets), job=Job("n", job), eventType=state,
        inputs=[InputDataset("db", name) for name in inputs],
        outputs=[OutputDataset("db", name) for name in outputs]))

tell(RunState.START, 0, 1, "clean", inputs=["raw"])
tell(RunState.COMPLETE, 1, 1, "clean", outputs=["examples"])
tell(RunState.START, 2, 2, "train", inputs=["examples"])
tell(RunState.COMPLETE, 3, 2, "train", outputs=["model"])
fields = [schema_dataset.SchemaDatasetFacetFields("x", "INT")]
client.emit(DatasetEvent(
    eventTime=START.isoformat(), producer="https://example.org",
    dataset=Dataset("db", "raw", facets={"schema": schema_dataset.SchemaDatasetFacet(fields)})))
client.emit(JobEvent(
    eventTime=START.isoformat(), producer="https://example.org", job=Job("n", "train")))
client.close()
"""


@pytest.fixture
def client_python(own_environment: None) -> Path:
    return environment(*CLIENT) / "python"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["http", "gzip", "async_http"])
def test_openlineage_python_tells_a_history(
    store: Store, server_url: str, client_python: Path, kind: str
) -> None:
    config = {"type": "async_http" if kind == "async_http" else "http", "url": server_url}
    if kind == "gzip":
        config["compression"] = "gzip"
    run = [client_python, "-c", PROGRAM, json.dumps(config)]
    subprocess.run(run, check=True, timeout=120)
    (model,) = store.artifacts.list(properties={"dataset": "model"})
    told = store.explain(model)
    sources = [one for one in told.lineage.artifacts.values() if "written" not in one.properties]
    assert [one.properties["dataset"] for one in sources] == ["raw"]
    (raw,) = store.contexts.list(type="openlineage.Dataset", properties={"dataset": "raw"})
    assert raw.properties["said"]["facets"]["schema"][1]["fields"][0]["name"] == "x"
    assert len(store.history("n/train").runs) == 1


PROJECT = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nmodel-paths: [models]\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n"
    "    dev: {type: duckdb, path: shop.duckdb}\n",
    "seeds/raw_orders.csv": "id,amount\n1,10\n2,20\n",
    "models/orders.sql": "select id, amount from {{ ref('raw_orders') }}\n",
    "models/revenue.sql": "select sum(amount) as revenue from {{ ref('orders') }}\n",
    "models/schema.yml": "models:\n  - name: orders\n    columns:\n      - name: id\n"
    "        data_tests: [not_null]\n",
}


@pytest.mark.slow
def test_dbt_tells_which_model_is_made_of_which(
    store: Store, serve: Callable[..., Server], tmp_path: Path, own_environment: None
) -> None:
    programs = environment(*DBT)
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    told = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "OPENLINEAGE_URL": serve().url.rstrip("/"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    build = [programs / "dbt-ol", "build", "--profiles-dir", "."]
    for _ in range(2):  # every run writes versions of its own
        subprocess.run(build, check=True, timeout=300, cwd=tmp_path, env=told)
    # Seeds are no job of dbt-ol's, and no input either.
    names = [str(one.properties["dataset"]).rpartition(".")[2] for one in store.artifacts.list()]
    assert sorted(names) == ["orders", "orders", "revenue", "revenue"]
    for model in store.artifacts.list(type="openlineage.Dataset"):
        if not str(model.properties["dataset"]).endswith(".revenue"):
            continue
        above = store.lineage.upstream(model)
        below = [
            str(one.properties["dataset"]).rpartition(".")[2] for one in above.artifacts.values()
        ]
        assert sorted(below) == ["orders", "revenue"]
