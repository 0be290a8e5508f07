#!/usr/bin/env bash
# mlflow-skinny 3.17.2, sqlalchemy 2.1.9, alembic 1.20.1.
#
# A metric that is logged with the dataset it was measured on comes back from a folder with step 0,
# whatever its step was: the file has the step, and what reads the longer line does not look at it.
# A database gives the step back, and forgets the dataset.
#
# Seen:
#   database: logged at step 7 on rows, read at step 7 on None
#   folder: logged at step 7 on rows, read at step 0 on rows
#
# Who meets it: whoever reads learning curves of validation data from mlruns: all points lie on step 0.
#
# Guessed: step 7 on rows, from both.
set -euo pipefail
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m venv "$T/v"; "$T/v/bin/pip" install --quiet mlflow-skinny==3.17.2 sqlalchemy==2.1.9 alembic==1.20.1
cat > "$T/ask.py" <<'PY'
import sys

import mlflow

folder = sys.argv[1]
for kind, uri in (("database", f"sqlite:///{folder}/mlflow.db"), ("folder", f"{folder}/mlruns")):
    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient(uri)
    run = client.create_run(client.create_experiment("iris")).info.run_id
    data = {"dataset_name": "rows", "dataset_digest": "0badcafe"}
    client.log_metric(run, "accuracy", 0.5, timestamp=1, step=7, **data)
    (point,) = client.get_metric_history(run, "accuracy")
    print(f"{kind}: logged at step 7 on rows, read at step {point.step} on {point.dataset_name}")
PY
cd "$T"
MLFLOW_ALLOW_FILE_STORE=true MLFLOW_DISABLE_TELEMETRY=true "$T/v/bin/python" "$T/ask.py" "$T" 2>/dev/null | tee "$T/seen"
diff "$T/seen" - <<'SEEN'
database: logged at step 7 on rows, read at step 7 on None
folder: logged at step 7 on rows, read at step 0 on rows
SEEN
