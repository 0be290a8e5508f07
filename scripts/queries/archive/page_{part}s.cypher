// A page of <<part>>s as an archive has them: in the order of ids, each with its edges and what hangs on it.
//
// An edge goes with the end that is exported first (artifacts, executions, contexts, types); of two ends of
// one kind, with the one that it leads from. It is [type, whether it leads away, properties, kind of the
// other end, id of the other end]; without a kind the other end is no node of the model, has no other edge,
// and is all there: [labels, properties].
{% if part == 'artifact' %}
// The edges of artifacts that have more than $most are not read; many says so.
{% endif %}
// With $known_at it is what was recorded by then; what was changed since is in the revisions that hang on nodes.
//
// access:  read
// returns: labels, properties, many, edges
MATCH (node:<<Part>>)
WHERE node.id > $after_id
  AND node.id IN $ids // optional
  <<revisions.known('node')>>
WITH node ORDER BY node.id LIMIT $limit
{% if part == 'artifact' %}
WITH node, COUNT { (node)-[:INPUT]->() } + COUNT { (node)-[:DECLARED_INPUT]->() }
  + COUNT { (node)-[:INTERNAL_INPUT]->() } + COUNT { (node)<-[:OUTPUT]-() }
  + COUNT { (node)<-[:DECLARED_OUTPUT]-() } + COUNT { (node)<-[:INTERNAL_OUTPUT]-() }
  + COUNT { (node)<-[:PENDING_OUTPUT]-() } > $most AS many
{% else %}
WITH node, false AS many
{% endif %}
RETURN labels(node) AS labels, properties(node) AS properties, many,
  COLLECT {
    <<archives.edges(part, if='NOT many')>>
    RETURN <<archives.edge_columns()>>
  } AS edges
ORDER BY node.id;
