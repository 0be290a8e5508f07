#!/bin/sh
# What graphstore exports by OpenLineage, against the specification's own schemas: the demo's history,
# and steps that failed and had parameters of every kind.
#
#     tests/acceptance/run_openlineage_schemas.sh SPEC
#
# SPEC is the folder `spec` of a checkout of github.com/OpenLineage/OpenLineage. Needs the package
# index. Run it in an environment that has graphstore with the extra local.
set -eu
spec=$(cd "${1:?the folder spec of the specification}" && pwd -P)
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/environment"
"$folder/environment/bin/pip" install --quiet jsonschema==4.26.0 rfc3339-validator==0.1.4
PYTHONPATH="$here/../.." python3 - "$folder/events.ndjson" <<'PYTHON'
import sys

from graphstore import Artifact, Store
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.interop.openlineage import export_openlineage
from tests.conftest import IRIS

with Store.open(ephemeral=True) as store:
    import_mlmd(store, IRIS)
    parameters = {"rate": 0.1, "layers": [1, 2], "nested": {"a": None}, "name": "x", "on": True}
    try:
        with store.run("nightly") as run:
            with run.execution("Train", parameters=parameters) as step:
                step.output("model", Artifact(type="Model", uri="s3://models/1"))
                raise ValueError("diverged")
    except ValueError:
        pass
    print(export_openlineage(store, sys.argv[1]))
PYTHON
"$folder/environment/bin/python" "$here/openlineage/schemas.py" "$spec" "$folder/events.ndjson"
echo "all of it is taken"
