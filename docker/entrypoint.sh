#!/bin/sh
# Starts Neo4j in a container, with the environment variables of the official image:
#
#   NEO4J_AUTH=neo4j/PASSWORD     the password of a new store; NEO4J_AUTH=none asks for none
#   NEO4J_server_memory_heap_max__size=1g
#                                 any setting: '.' is written '_', and '_' is written '__'
set -eu

home=/var/lib/neo4j
mkdir -p "$home/conf"

settings() {
  cat <<END
server.default_listen_address=0.0.0.0
server.directories.data=/data
server.directories.logs=/logs
server.https.enabled=false
server.memory.heap.max_size=512m
server.memory.pagecache.size=256m
dbms.usage_report.enabled=false
END
  if [ "${NEO4J_AUTH:-}" = none ]; then
    echo dbms.security.auth_enabled=false
  fi
  # The last one counts, so that what is set here wins over what stands above.
  env | sed -n 's/^NEO4J_\([a-z][^=]*\)=/\1\n/p' | while read -r name && read -r value; do
    name=$(printf %s "$name" | sed 's/__/\r/g; s/_/./g; s/\r/_/g')
    printf '%s=%s\n' "$name" "$value"
  done
}
settings | awk -F= '{last[$1] = $0} END {for (name in last) print last[name]}' >"$home/conf/neo4j.conf"

heap=$(sed -n 's/^server.memory.heap.max_size=//p' "$home/conf/neo4j.conf")
set -- -Xmx"$heap" -cp "$home/lib/*" -Dfile.encoding=UTF-8 \
  --add-opens=java.base/java.nio=ALL-UNNAMED \
  --add-opens=java.base/java.io=ALL-UNNAMED \
  --add-opens=java.base/sun.nio.ch=ALL-UNNAMED \
  --add-opens=java.base/java.util.concurrent=ALL-UNNAMED

password=${NEO4J_AUTH#*/}
if [ -n "${NEO4J_AUTH:-}" ] && [ "$NEO4J_AUTH" != none ] && [ ! -e /data/databases ]; then
  # '@' has the tool read the file: on the command line everybody sees it.
  (umask 077 && printf '%s\n' "$password" >"$home/password")
  NEO4J_HOME=$home NEO4J_CONF=$home/conf \
    java "$@" org.neo4j.cli.AdminTool dbms set-initial-password "@$home/password"
  rm "$home/password"
fi

exec java "$@" org.neo4j.server.CommunityEntryPoint \
  --home-dir="$home" --config-dir="$home/conf" --console-mode
