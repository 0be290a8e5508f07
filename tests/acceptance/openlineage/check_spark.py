"""Whether a store knows what `spark_applications.py` did."""

import sys
from pathlib import Path

from graphstore import ArtifactState, Store
from tests.acceptance.openlineage.check import agree, names_above, require, versions

folder = Path(sys.argv[1])
with Store.open() as store:
    told = agree(store, folder)
    runs = list(told.values())

    failed = [run for run in runs if run.state == "FAILED"]
    require("runs that failed", len(failed), 1)
    require("how it was told", failed[0].types[-2:], ["FAIL", "COMPLETE"])
    (execution,) = store.executions.list(type="openlineage.Run", states=["FAILED"])
    require("why it failed", "no place for" in str(execution.properties["error_message"]), True)
    (broken,) = versions(store, "/broken")
    require("what it left", broken.state, ArtifactState.ABANDONED)
    print("A job is told as FAIL and then COMPLETE: it is FAILED, and what it wrote is ABANDONED")

    # Which of those that only look at files begin or end depends on how fast the machine is, too.
    looking = {f"{name}.map_partitions_parallel_collection" for name in ("fail", "hand_on")}
    endless = {run.job for run in runs if run.state == "RUNNING"}
    require("jobs that never end and do more than look at files", endless - looking, set())
    print("Began and never ended:", ", ".join(sorted(endless)) or "none")
    print("Ended and never began:", ", ".join(run.job for run in runs if not run.started) or "none")

    require("versions of what is written twice", len(versions(store, "/joined")), 2)
    above = names_above(store, versions(store, "/report")[-1])
    require(
        "what the report was made from", above, ["customers.csv", "joined", "orders.csv", "report"]
    )
    print(
        "joined, which is written twice, has two versions; the report is made from",
        ", ".join(above),
    )
    require("versions of a table that is saved once", len(versions(store, "/totals")), 2)
    print("totals, a table that is saved once, has two versions: two jobs tell of it")
    for name, source in (("copied", "today.txt"), ("copied-as-rdd", "notes")):
        above = names_above(store, versions(store, f"/{name}")[-1])
        require(f"what {name} was made from", above, [name, source])
    print("A text file is named by itself as a DataFrame, and by its folder as an RDD")
