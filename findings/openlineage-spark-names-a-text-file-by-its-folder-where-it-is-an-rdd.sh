#!/usr/bin/env bash
# pyspark 4.1.4 (Java 17), openlineage-spark_2.13 1.53.0.
#
# A text file that is read as a DataFrame is a dataset of its own name; read as an RDD it is a dataset
# of the name of its folder.
#
# Seen:
#   DataFrame: lines.parquet is made from notes/today.txt
#   RDD: lines is made from notes
#
# Who meets it: who asks what a bad file reached: what was made from it by an RDD is not among it, and
# is with that of every other file of the folder.
#
# Guessed: one file is one dataset, whichever way it is read.
set -euo pipefail
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m venv "$T/v"; "$T/v/bin/pip" install --quiet pyspark==4.1.4
cat > "$T/read_twice.py" <<'PY'
import sys
from pathlib import Path

from pyspark.sql import SparkSession

folder = Path(sys.argv[1])
(folder / "notes").mkdir()
(folder / "notes" / "today.txt").write_text("rain\n")
spark = SparkSession.builder.appName("app").getOrCreate()
spark.read.text(f"{folder}/notes/today.txt").write.parquet(f"{folder}/lines.parquet")
spark.sparkContext.textFile(f"{folder}/notes/today.txt").saveAsTextFile(f"{folder}/lines")
spark.stop()
PY
PYSPARK_PYTHON=$T/v/bin/python "$T/v/bin/spark-submit" --master 'local[1]' \
  --packages io.openlineage:openlineage-spark_2.13:1.53.0 --conf spark.jars.ivy="$T/ivy" \
  --conf spark.extraListeners=io.openlineage.spark.agent.OpenLineageSparkListener \
  --conf spark.openlineage.transport.type=file \
  --conf spark.openlineage.transport.location="$T/events" "$T/read_twice.py" "$T" >"$T/log" 2>&1 ||
  { tail "$T/log"; exit 1; }
"$T/v/bin/python" - "$T" <<'PY' | tee "$T/seen"
import json
import sys

folder, made = sys.argv[1], {}
for line in open(f"{folder}/events"):
    event = json.loads(line)
    for output in event["outputs"]:
        inputs = made.setdefault(output["name"].removeprefix(f"{folder}/"), set())
        inputs |= {one["name"].removeprefix(f"{folder}/") for one in event["inputs"]}
for kind, name in (("DataFrame", "lines.parquet"), ("RDD", "lines")):
    print(f"{kind}: {name} is made from {', '.join(sorted(made[name]))}")
PY
diff "$T/seen" - <<'SEEN'
DataFrame: lines.parquet is made from notes/today.txt
RDD: lines is made from notes
SEEN
