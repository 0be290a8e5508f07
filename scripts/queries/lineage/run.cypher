// The executions that belong to one context, e.g. a pipeline's run, with all that they read and made.
//
// access:  read
// returns: nodes (lists), depths, events (lists)
//
// They are those of lineage.upstream; each event is with its execution.
MATCH (:Context {id: $context_id})<-[:ASSOCIATED_WITH]-(execution:Execution)
WITH collect(execution) AS executions
CALL (executions) {
  UNWIND executions AS node
  RETURN node
  UNION
  UNWIND executions AS execution
  MATCH (execution)-[:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(node:Artifact)
  RETURN node
}
WITH node
ORDER BY node:Artifact, node.id
LIMIT $limit
WITH collect(node) AS nodes
UNWIND range(0, size(nodes) - 1, 1000) AS begin
WITH nodes[begin..begin + 1000] AS chunk
CALL (chunk) {
  UNWIND range(0, size(chunk) - 1) AS place
  WITH place, chunk[place] AS node
  MATCH (node:Execution)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(next)
  <<walks.columns()>>
}
RETURN
  [node IN chunk | [
    node:Artifact,
    <<times.node('node')>>,
    false
  ]] AS nodes,
  [node IN chunk | 0] AS depths,
  events;
