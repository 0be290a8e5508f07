#!/usr/bin/env bash
# openlineage-java 1.53.0 (Java 17), openlineage-python 1.54.0.
#
# The URL that the clients are told, as by OPENLINEAGE_URL, means the same to both only if it ends with
# the port. Java's client takes any path, a slash too, for the whole address of events; Python's
# appends api/v1/lineage, after having dropped what follows the last slash.
#
# Seen:
#   http://HOST           java /api/v1/lineage         python /api/v1/lineage
#   http://HOST/          java /                       python /api/v1/lineage
#   http://HOST/store     java /store                  python /api/v1/lineage
#   http://HOST/store/    java /store/                 python /store/api/v1/lineage
#
# Who meets it: who sends the events of Spark and of Airflow or dbt to one server, and copies the URL from
# the one to the other: the server answers 404 or 405, and the jobs go on without a trace in the store.
# Behind a proxy, below a path of its own, no URL serves both.
#
# Guessed: a URL is what comes before api/v1/lineage, in both.
set -euo pipefail
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m venv "$T/v"; "$T/v/bin/pip" install --quiet openlineage-python==1.54.0
cat > "$T/pom.xml" <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>x</groupId><artifactId>x</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.openlineage</groupId><artifactId>openlineage-java</artifactId><version>1.53.0</version>
    </dependency>
  </dependencies>
</project>
POM
mvn --batch-mode --quiet --file "$T/pom.xml" dependency:copy-dependencies -DoutputDirectory="$T/jars"
cat > "$T/Tell.java" <<'JAVA'
import io.openlineage.client.*;
import io.openlineage.client.transports.*;
import java.net.URI;
import java.time.ZonedDateTime;
import java.util.UUID;

class Tell {
    public static void main(String[] urls) throws Exception {
        OpenLineage make = new OpenLineage(URI.create("https://example.org"));
        for (String url : urls) {
            HttpConfig config = new HttpConfig();
            config.setUrl(URI.create(url));
            try (HttpTransport transport = new HttpTransport(config)) {
                transport.emit(make.newRunEventBuilder().eventTime(ZonedDateTime.now())
                    .run(make.newRunBuilder().runId(UUID.randomUUID()).build())
                    .job(make.newJobBuilder().namespace("n").name("job").build()).build());
            }
        }
    }
}
JAVA
cat > "$T/ask.py" <<'PY'
import subprocess
import sys
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState

folder, paths = sys.argv[1], []


class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        paths.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
ends = ("", "/", "/store", "/store/")
urls = [f"http://127.0.0.1:{server.server_port}{end}" for end in ends]
subprocess.run(["java", "-cp", f"{folder}/jars/*", f"{folder}/Tell.java", *urls], check=True)
for url in urls:
    client = OpenLineageClient(config={"transport": {"type": "http", "url": url}})
    now = datetime.now(timezone.utc).isoformat()
    run, job = Run(str(uuid4())), Job("n", "job")
    client.emit(RunEvent(
        eventTime=now, producer="https://example.org", eventType=RunState.START, run=run, job=job))
for end, java, python in zip(ends, paths[:4], paths[4:], strict=True):
    print(f"http://HOST{end:<10} java {java:<23} python {python}")
PY
"$T/v/bin/python" "$T/ask.py" "$T" 2>"$T/log" | tee "$T/seen" || { cat "$T/log"; exit 1; }
diff "$T/seen" - <<'SEEN'
http://HOST           java /api/v1/lineage         python /api/v1/lineage
http://HOST/          java /                       python /api/v1/lineage
http://HOST/store     java /store                  python /api/v1/lineage
http://HOST/store/    java /store/                 python /store/api/v1/lineage
SEEN
