"""Whether a store knows what `dags/shops.py` did."""

import sys
from pathlib import Path

from graphstore import ArtifactState, Store
from tests.acceptance.openlineage.check import agree, names_above, require, versions

folder = Path(sys.argv[1])
with Store.open() as store:
    told = {run.job: run for run in agree(store, folder).values()}
    states = {job: run.state for job, run in sorted(told.items())}
    done = {f"works{task}": "COMPLETE" for task in ("", ".clean", ".tell", ".train")}
    broken = {"fails": "FAILED", "fails.clean": "COMPLETE", "fails.train": "FAILED"}
    require("states", states, done | broken)
    (train,) = (
        one
        for one in store.executions.list(type="openlineage.Run")
        if one.properties["job"] == "fails.train"
    )
    require("why it failed", train.properties["error_message"], "no model today")
    print("The DAG works is COMPLETE, and fails is FAILED, as is its task train; tell never began")

    began = sorted(job for job, run in told.items() if run.started)
    require("runs that say that they began", began, sorted(set(told) - {"works", "fails"}))
    print("The runs of DAGs have no start_time, those of tasks have")

    (report,) = versions(store, "/report.txt")
    chain = ["clean.csv", "model.json", "raw.csv", "report.txt"]
    require("what the report was made from", names_above(store, report), chain)
    model, left = versions(store, "/model.json")[::-1]
    require("models", {model.state, left.state}, {ArtifactState.LIVE, ArtifactState.ABANDONED})
    require("versions of what both DAGs wrote", len(versions(store, "/clean.csv")), 2)
    print(
        "clean.csv, which both wrote, has two versions; the report is made from", ", ".join(chain)
    )
