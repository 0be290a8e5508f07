// The executions that belong to one context, e.g. a pipeline's run, with all that they read and made.
//
// access:  read
// returns: is_artifact, properties, depth, stopped, events
//
// The columns are those of lineage.upstream; each event is in the row of its execution.
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
RETURN node:Artifact AS is_artifact, properties(node) AS properties, 0 AS depth,
  false AS stopped,
  COLLECT {
    MATCH (node:Execution)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(next)
    RETURN [next.id, type(event), event.path, event.time]
  } AS events;
