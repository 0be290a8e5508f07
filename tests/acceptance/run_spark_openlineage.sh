#!/bin/sh
# Spark tells graphstore: three applications that join files, write a dataset twice, hand rows on in
# memory and fail, by OpenLineage's listener, and whether the store knows all of it.
#
#     tests/acceptance/run_spark_openlineage.sh [FOLDER]
#
# Needs Java 17 or 21, the package index and Maven Central, whose files (1 GB) go into FOLDER unless they
# are there; without FOLDER everything goes to a temporary one. Run it in an environment that has
# graphstore with the extras http and local.
set -eu
. "$(dirname "$0")/openlineage/served.sh"
installed spark pyspark==4.1.4
export PYSPARK_PYTHON="$folder/spark/bin/python" PYSPARK_DRIVER_PYTHON="$folder/spark/bin/python"
unset SPARK_HOME SPARK_CONF_DIR

cat >"$folder/spark.conf" <<CONF
spark.master                                             local[2]
spark.ui.enabled                                         false
spark.driver.bindAddress                                 127.0.0.1
spark.driver.host                                        127.0.0.1
spark.sql.warehouse.dir                                  $folder/files/warehouse
spark.jars.packages                                      io.openlineage:openlineage-spark_2.13:1.53.0
spark.jars.ivy                                           $folder/ivy
spark.extraListeners                                     io.openlineage.spark.agent.OpenLineageSparkListener
spark.openlineage.namespace                              spark
spark.openlineage.transport.type                         composite
spark.openlineage.transport.transports.store.type        http
spark.openlineage.transport.transports.store.url         $url
spark.openlineage.transport.transports.store.timeoutInMillis 60000
spark.openlineage.transport.transports.written.type      file
spark.openlineage.transport.transports.written.location  $folder/files/events.ndjson
CONF

run() { # run APPLICATION: its log beside the folder of its files; the status is what Spark's was
  echo "running the application $1 ..."
  (cd "$folder/files" && "$folder/spark/bin/spark-submit" --properties-file "$folder/spark.conf" \
    "$here/openlineage/spark_applications.py" "$1" "$folder/files") >"$folder/$1.log" 2>&1
}
run join || { tail -n 30 "$folder/join.log"; exit 1; }
run hand_on || { tail -n 30 "$folder/hand_on.log"; exit 1; }
! run fail || { echo "the application that fails did not"; exit 1; }
echo
check spark
