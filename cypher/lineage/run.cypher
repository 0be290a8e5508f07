// The executions that belong to one context, e.g. a pipeline's run, with all that they read and made.
//
// access:  read
// returns: nodes (lists)
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
WITH collect(node) AS found
UNWIND range(0, size(found) - 1, 1000) AS begin
CALL (found, begin) {
  UNWIND found[begin..begin + 1000] AS node
  RETURN collect([
    node:Artifact,
    node {
      .*,
      create_time: node.create_time.epochMillis,
      last_update_time: node.last_update_time.epochMillis
    },
    0,
    false,
    COLLECT {
      MATCH (node:Execution)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(next)
      RETURN [next.id, type(event), event.path, event.time.epochMillis]
    }
  ]) AS nodes
}
RETURN nodes;
