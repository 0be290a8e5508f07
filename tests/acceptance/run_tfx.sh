#!/bin/sh
# TFX on graphstore: the same pipeline twice on ML Metadata's SQLite and twice on a graphstore
# server, and whether the two histories are the same.
#
#     tests/acceptance/run_tfx.sh [FOLDER]
#
# `graphstore` with the extras local and mlmd must be on the PATH, and a Python 3.11. TFX (2 GB) is
# installed into FOLDER/tfx, unless it is there; without FOLDER everything goes to a temporary one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -gt 0 ]; then
  mkdir -p "$1" && folder=$(cd "$1" && pwd)
else
  folder=$(mktemp -d)
  remove=yes
fi
stop() {
  kill ${server:-} 2>/dev/null && wait || true
  graphstore down || true
  [ -z "${remove:-}" ] || rm -rf "$folder"
}
trap stop EXIT
python=$folder/tfx/bin/python
export GRAPHSTORE_HOME="$folder/home" GRAPHSTORE_STORE=tfx # nothing of the user's is touched
export TF_CPP_MIN_LOG_LEVEL=3 PYTHONWARNINGS=ignore

if ! "$python" -c 'import tfx' 2>/dev/null; then
  echo "installing TFX into $folder/tfx ..."
  "${PYTHON:-python3.11}" -m venv "$folder/tfx"
  "$folder/tfx/bin/pip" install --quiet uv
  "$folder/tfx/bin/uv" pip install --quiet --python "$python" \
    'tfx==1.16.0' 'dill<0.4' 'setuptools<80' scikit-learn
fi
rm -rf "$folder/sqlite" "$folder/graphstore" "$folder/home"

run() { # run FOLDER STORE: the pipeline, its log beside the folder
  echo "running the pipeline on $2 ..."
  "$python" "$here/tfx/pipeline.py" "$1" "$2" >>"$1.log" 2>&1 || { tail -30 "$1.log"; exit 1; }
}

: >"$folder/sqlite.log"
: >"$folder/graphstore.log"
run "$folder/sqlite" sqlite
run "$folder/sqlite" sqlite

graphstore serve --grpc 127.0.0.1:0 >"$folder/serve.log" 2>&1 &
server=$!
address=
for _ in $(seq 300); do
  address=$(sed -n 's/.*listening on \([^ ]*:[0-9]*\).*/\1/p' "$folder/serve.log")
  [ -n "$address" ] && break
  kill -0 "$server" 2>/dev/null || { cat "$folder/serve.log"; exit 1; }
  sleep 0.2
done
run "$folder/graphstore" "$address"
run "$folder/graphstore" "$address"
grep 'warm start' "$folder/graphstore.log"
echo
"$python" "$here/tfx/compare.py" "$folder/sqlite/metadata.sqlite" "$address"
