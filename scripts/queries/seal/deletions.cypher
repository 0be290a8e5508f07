// What was deleted from one time on and before another: tombstones, and notes of what is gone.
//
// access:  read
// returns: kind, labels, properties
CALL () {
{% for Kind in ['Artifact', 'Execution', 'Context'] %}
  MATCH (node:<<Kind>>) WHERE $since <= node._deleted < $until AND node.id IS :: INTEGER NOT NULL
  RETURN node, '<<Kind.lower()>>' AS kind
  UNION ALL
{% endfor %}
  MATCH (node:GraphstoreDeletion) WHERE $since <= node._deleted < $until
  RETURN node, node.kind AS kind
}
RETURN kind, labels(node) AS labels, properties(node) AS properties;
