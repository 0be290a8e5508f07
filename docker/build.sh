#!/bin/sh
# Builds an image of Neo4j on any base image that has Java 17 or 21:
#
#   docker/build.sh [BASE [IMAGE]]
#
# The jars are those that local stores run on, fetched and checked in the same way; the Python that
# PYTHON names (python3) must have graphstore with its extra `local`.
set -eu

cd "$(dirname "$0")"
base=${1:-eclipse-temurin:21-jre}
image=${2:-graphstore-neo4j}

jars=$("${PYTHON:-python3}" -c '
from graphstore.local.distribution import distribution
from graphstore.local.download import fetch
from graphstore.system.progress import bar

with bar() as on_progress:
    print(fetch(distribution(), on_progress))
')
rm -rf lib
cp -R "$jars" lib
docker build --build-arg "BASE=$base" --tag "$image" .
rm -rf lib
