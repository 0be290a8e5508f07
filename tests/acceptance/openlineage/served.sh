# What run_spark_openlineage.sh and run_airflow_openlineage.sh begin with, which source it: a store in
# the folder of the first argument, or in a temporary one, which is served at $url. What clients sent
# is in $folder/files/events.ndjson, by their own account.
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -gt 0 ]; then
  mkdir -p "$1" && folder=$(cd "$1" && pwd -P)
else
  folder=$(cd "$(mktemp -d)" && pwd -P)
  remove=yes
fi
graphstore() { PYTHONPATH="$here/../.." python3 -m graphstore "$@"; }
stop() {
  kill ${server:-} 2>/dev/null && wait || true
  graphstore down >"$folder/down.log" 2>&1 || cat "$folder/down.log"
  [ -z "${remove:-}" ] || rm -rf "$folder"
}
trap stop EXIT
unset NEO4J_URI OPENLINEAGE_URL OPENLINEAGE_CONFIG
export GRAPHSTORE_HOME="$folder/home" GRAPHSTORE_STORE=clients # nothing of the user's is touched
rm -rf "$folder/home" "$folder/files" && mkdir "$folder/files"

PYTHONPATH="$here/../.." python3 -m graphstore serve --http 127.0.0.1:0 >"$folder/serve.out" 2>"$folder/serve.log" &
server=$!
echo "starting a store ..."
url=
for _ in $(seq 1500); do
  url=$(sed -n 's/.*OPENLINEAGE_URL=//p' "$folder/serve.out")
  [ -n "$url" ] && break
  kill -0 "$server" 2>/dev/null || { cat "$folder/serve.log"; exit 1; }
  sleep 0.2
done
[ -n "$url" ] || { echo "the store was not served within five minutes"; exit 1; }

installed() { # installed NAME PACKAGE…: an environment that has them, in $folder/NAME
  [ ! -e "$folder/$1/complete" ] || return 0
  echo "installing $2 ..."
  "${PYTHON:-python3}" -m venv --clear "$folder/$1"
  "$folder/$1/bin/pip" install --quiet uv
  environment=$1 && shift
  "$folder/$environment/bin/uv" pip install --quiet --python "$folder/$environment/bin/python" "$@"
  touch "$folder/$environment/complete"
}

check() { # check NAME: whether the store knows what the client of this name told
  PYTHONPATH="$here/../.." python3 -m "tests.acceptance.openlineage.check_$1" "$folder"
}
