#!/usr/bin/env bash
# pyspark 4.1.4 (Java 17), openlineage-spark_2.13 1.53.0.
#
# Of a job that fails the listener tells FAIL, with the reason, and then COMPLETE, without one. The
# application, which ends with an error, is COMPLETE too.
#
# Seen:
#   job: FAIL, with spark.exception
#   job: COMPLETE, without spark.exception
#   application: COMPLETE, without spark.exception
#
# Who meets it: who takes the last event of a run for its state, as the specification's life cycle of a
# run has it: all that Spark failed to do succeeded, and what it left counts as data.
#
# Guessed: one event ends a run, and the application of a job that failed fails.
set -euo pipefail
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m venv "$T/v"; "$T/v/bin/pip" install --quiet pyspark==4.1.4
cat > "$T/fail.py" <<'PY'
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

folder = sys.argv[1]
spark = SparkSession.builder.appName("app").getOrCreate()


@udf("int")
def broken(number: int) -> int:
    raise ValueError("no")


spark.range(3).select(broken("id")).write.parquet(f"{folder}/broken")
PY
PYSPARK_PYTHON=$T/v/bin/python "$T/v/bin/spark-submit" --master 'local[1]' \
  --packages io.openlineage:openlineage-spark_2.13:1.53.0 --conf spark.jars.ivy="$T/ivy" \
  --conf spark.extraListeners=io.openlineage.spark.agent.OpenLineageSparkListener \
  --conf spark.openlineage.transport.type=file \
  --conf spark.openlineage.transport.location="$T/events" "$T/fail.py" "$T" >"$T/log" 2>&1 && exit 1
"$T/v/bin/python" - "$T/events" <<'PY' | tee "$T/seen"
import json
import sys

for line in open(sys.argv[1]):
    event = json.loads(line)
    if event["eventType"] in ("START", "RUNNING"):
        continue
    kind = "job" if "parent" in event["run"]["facets"] else "application"
    why = "with" if "spark.exception" in event["run"]["facets"] else "without"
    print(f"{kind}: {event['eventType']}, {why} spark.exception")
PY
diff "$T/seen" - <<'SEEN'
job: FAIL, with spark.exception
job: COMPLETE, without spark.exception
application: COMPLETE, without spark.exception
SEEN
