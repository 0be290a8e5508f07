#!/bin/sh
# Airflow tells graphstore: two DAGs of three tasks with assets, one that succeeds and one that fails,
# by its provider for OpenLineage, and whether the store knows all of it.
#
#     tests/acceptance/run_airflow_openlineage.sh [FOLDER]
#
# Needs the package index. Airflow (0.4 GB) is installed into FOLDER, unless it is there; without FOLDER
# everything goes to a temporary one. Run it in an environment that has graphstore with the extras http
# and local.
set -eu
. "$(dirname "$0")/openlineage/served.sh"
installed airflow apache-airflow==3.3.2 apache-airflow-providers-openlineage==2.20.3
rm -rf "$folder/airflow-home"
export AIRFLOW_HOME="$folder/airflow-home" AIRFLOW__CORE__LOAD_EXAMPLES=False FILES="$folder/files"
export AIRFLOW__CORE__DAGS_FOLDER="$here/openlineage/dags" PYTHONDONTWRITEBYTECODE=1
# Airflow ends a process that tells for longer than ten seconds: a young Neo4j on a slow machine may take them.
export AIRFLOW__OPENLINEAGE__EXECUTION_TIMEOUT=120 AIRFLOW__OPENLINEAGE__NAMESPACE=airflow
export AIRFLOW__OPENLINEAGE__TRANSPORT='{"type": "composite", "transports": {
  "store": {"type": "http", "timeout": 60, "url": "'"$url"'"},
  "written": {"type": "file", "append": true, "log_file_path": "'"$folder/files/events.ndjson"'"}}}'

echo "making Airflow's database ..."
"$folder/airflow/bin/airflow" db migrate >"$folder/migrate.log" 2>&1 || { tail -n 30 "$folder/migrate.log"; exit 1; }
printf 'A,B\n1,2\n' >"$folder/files/raw.csv"

run() { # run DAG: its log beside the folder of its files; the status is what Airflow's was
  echo "running the DAG $1 ..."
  "$folder/airflow/bin/airflow" dags test "$1" >"$folder/$1.log" 2>&1
}
run works || { tail -n 30 "$folder/works.log"; exit 1; }
! run fails || { echo "the DAG that fails did not"; exit 1; }
echo
check airflow
