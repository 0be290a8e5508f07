#!/usr/bin/env bash
# mlflow-skinny 3.17.2, sqlalchemy 2.1.9, alembic 1.20.1.
#
# On a database, search_runs gives runs without the models that they read (inputs.model_inputs), and
# get_run of the same run gives them. On a folder both give them; the datasets that were read come
# with both, everywhere.
#
# Seen:
#   database: search_runs 1 datasets 0 models, get_run 1 datasets 1 models
#   folder: search_runs 1 datasets 1 models, get_run 1 datasets 1 models
#
# Who meets it: whoever walks MLflow's history by its client to learn which models an evaluation or a
# fine-tuning read: all of these edges are missing, without an error, since SQLite became the default.
#
# Guessed: both give the same run.
set -euo pipefail
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m venv "$T/v"; "$T/v/bin/pip" install --quiet mlflow-skinny==3.17.2 sqlalchemy==2.1.9 alembic==1.20.1
cat > "$T/ask.py" <<'PY'
import sys

import mlflow
from mlflow.entities import Dataset, DatasetInput, LoggedModelInput

folder = sys.argv[1]
for kind, uri in (("database", f"sqlite:///{folder}/mlflow.db"), ("folder", f"{folder}/mlruns")):
    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient(uri)
    experiment = client.create_experiment("iris")
    model = client.create_logged_model(experiment, "classifier")
    run = client.create_run(experiment).info.run_id
    data = DatasetInput(Dataset("rows", "0badcafe", "s3", '{"uri": "s3://rows"}'))
    client.log_inputs(run, [data], [LoggedModelInput(model.model_id)])
    (searched,) = client.search_runs([experiment])
    counts = [
        f"{name} {len(one.inputs.dataset_inputs)} datasets {len(one.inputs.model_inputs)} models"
        for name, one in (("search_runs", searched), ("get_run", client.get_run(run)))
    ]
    print(f"{kind}: {', '.join(counts)}")
PY
cd "$T"
MLFLOW_ALLOW_FILE_STORE=true MLFLOW_DISABLE_TELEMETRY=true "$T/v/bin/python" "$T/ask.py" "$T" 2>/dev/null | tee "$T/seen"
diff "$T/seen" - <<'SEEN'
database: search_runs 1 datasets 0 models, get_run 1 datasets 1 models
folder: search_runs 1 datasets 1 models, get_run 1 datasets 1 models
SEEN
