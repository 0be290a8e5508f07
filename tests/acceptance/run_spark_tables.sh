#!/usr/bin/env bash
# Asks a local Spark and the store the same thousand questions of lineage, and compares the answers.
#
# Needs Java 17 or later, and the package index; uses a Neo4j of its own. Run it in an environment
# that has graphstore with the extras arrow and local.
set -euo pipefail
cd "$(dirname "$0")/../.."
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m venv "$T/spark"
"$T/spark/bin/pip" install --quiet pyspark==4.1.4
PYTHONPATH=. python3 - "$T" <<'PYTHON'
import json, sys
from datetime import timedelta
from graphstore import Store
from graphstore.interop.parquet import export_parquet
from graphstore.storage import changes
from tests.integration.parquet.questions import record, told_by

changes.SETTLING, folder = timedelta(0), sys.argv[1]
with Store.open(ephemeral=True) as store:
    starts = record(store)
    export_parquet(store, f"{folder}/tables")
    told = told_by(store, starts)
with open(f"{folder}/told.json", "w") as file:
    json.dump({"starts": [start.short for start in starts], "told": sorted(told)}, file)
PYTHON
"$T/spark/bin/python" - "$T" <<'PYTHON'
import json, runpy, sys
from pathlib import Path

folder = Path(sys.argv[1])
question = json.loads((folder / "told.json").read_text())
spark = runpy.run_path("examples/lineage_on_engines.py")["spark"]
answer = sorted(map(list, spark(folder / "tables", question["starts"])))
if answer != question["told"]:
    sys.exit(f"Spark answers {len(answer):,} pairs of nodes, the store {len(question['told']):,}")
print(f"{len(question['starts']):,} questions: Spark and the store answer the same {len(answer):,} pairs of nodes")
PYTHON
