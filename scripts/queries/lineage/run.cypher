// The executions that belong to one context, e.g. a pipeline's run, with all that they read and made.
//
// With $known_at it is what the store said then, and `_past` of a node what was changed of it since.
//
// access:  read
// as_of:   yes
// returns: nodes (columns), depths, stopped, events (columns)
//
// They are those of lineage.upstream; each event is with its execution.
MATCH (:Context {id: $context_id})<-[edge:ASSOCIATED_WITH]-(execution:Execution)
WHERE true
  <<revisions.known('execution')>>
  <<revisions.edge_known('edge')>>
WITH collect(execution) AS executions
CALL (executions) {
  UNWIND executions AS node
  RETURN node
  UNION
  UNWIND executions AS execution
  MATCH (execution)-[event:<<revisions.events_then('INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT')>>-(node:Artifact)
  WHERE true
    <<revisions.known('node')>>
    <<revisions.event_known('event')>>
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
  MATCH (node:Execution)-[event:<<revisions.events_then('INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT')>>-(next)
  WHERE true
    <<revisions.known('next')>>
    <<revisions.event_known('event')>>
  <<walks.event_columns()>>
}
<<nodes.columns(both=true)>>
RETURN
  nodes,
  [node IN chunk | 0] AS depths,
  [] AS stopped,
  events;
