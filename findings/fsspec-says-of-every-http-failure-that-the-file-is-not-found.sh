#!/usr/bin/env bash
# fsspec 2026.9.0, aiohttp 3.13.2.
#
# Asked about a web address, fsspec's HTTP file system says FileNotFoundError whatever went wrong: the
# server forbids it (403), the server is broken (500), or the file is not there (404).
#
# Seen:
#   403 FileNotFoundError
#   404 FileNotFoundError
#   500 FileNotFoundError
#
# Who meets it: whoever looks whether an artifact at an https address is still there, by its size or
# ETag, and takes "not found" for "gone": a server that is down for a minute, or a token that ran out,
# makes datasets disappear from a check.
#
# Guessed: FileNotFoundError for 404 (and 410), PermissionError for 401 and 403, another OSError for the rest.
set -euo pipefail
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m venv "$T/v"; "$T/v/bin/pip" install --quiet fsspec==2026.9.0 aiohttp==3.13.2
cat > "$T/ask.py" <<'PY'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fsspec


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(int(self.path[1:]))

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
files = fsspec.filesystem("http")
for status in (403, 404, 500):
    try:
        files.info(f"http://127.0.0.1:{server.server_port}/{status}")
    except Exception as error:
        print(status, type(error).__name__)
    else:
        print(status, "an answer")
PY
"$T/v/bin/python" "$T/ask.py" | tee "$T/seen"
diff "$T/seen" - <<'SEEN'
403 FileNotFoundError
404 FileNotFoundError
500 FileNotFoundError
SEEN
