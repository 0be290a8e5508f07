// The executions that belong to one context, e.g. a pipeline's run, with all that they read and made.
//
// With $known_at it is what the store said then, and `_past` of a node what was changed of it since.
//
// access:  read
// as_of:   yes
// returns: nodes (columns), depths, stopped, events (columns)
// written: from scripts/queries/lineage/run.cypher
//
// They are those of lineage.upstream; each event is with its execution.
MATCH (:Context {id: $context_id})<-[edge:ASSOCIATED_WITH]-(execution:Execution)
WHERE true
  AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  AND coalesce(edge._recorded, $known_at) <= $known_at // optional
WITH collect(execution) AS executions
CALL (executions) {
  UNWIND executions AS node
  RETURN node
  UNION
  UNWIND executions AS execution
  MATCH (execution)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT
    |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
  ]-(node:Artifact)
  WHERE true
    AND coalesce(node._recorded, node.create_time) <= $known_at // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
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
  MATCH (node:Execution)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT
    |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
  ]-(next)
  WHERE true
    AND coalesce(next._recorded, next.create_time) <= $known_at // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
  WITH collect(event) AS all_events,
    [collect(place), collect(coalesce(next.id, -1)), collect(coalesce(CASE WHEN event.time IS :: ZONED DATETIME
      THEN event.time.epochMillis ELSE event.time END, 0))] AS columns
  CALL (all_events) {
    UNWIND range(0, size(all_events) - 1) AS number
    WITH number, all_events[number] AS event
    WITH
      replace( // as of $known_at // optional
      type(event)
      , 'RETRACTED_', '') // as of $known_at // optional
      AS type, coalesce(event.path, []) AS path, collect(number) AS numbers
    RETURN collect([type, path, numbers]) AS kinds
  }
  RETURN [kinds, columns] AS events
}
CALL (chunk) {
  UNWIND range(0, size(chunk) - 1) AS place
  WITH place, chunk[place] AS node
  WITH place, node:Artifact AS is_artifact, node {
    .*,
    _past: [(node)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    id: node.id
  } AS row
  WITH is_artifact, keys(row) AS keys, collect(place) AS places, collect(row) AS rows
  RETURN collect([
    is_artifact, places, keys,
    [key IN keys |
      CASE WHEN key IN ['create_time', 'last_update_time', 'start_time', 'end_time']
        THEN [row IN rows | CASE WHEN row[key] IS :: ZONED DATETIME
          THEN row[key].epochMillis ELSE row[key] END]
        ELSE [row IN rows | row[key]] END]
  ]) AS nodes
}
RETURN
  nodes,
  [node IN chunk | 0] AS depths,
  [] AS stopped,
  events;
