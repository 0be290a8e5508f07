// A part of the graph: what some nodes were made from, the events between, contexts and types.
//
// The walk is that of lineage.upstream: it visits a node once (Pruning,BFS in the plan), and does not
// go on from nodes that it is told to stop at. What is left out is not in the answer, nor are the
// events of it. An event is in the answer if a node that the walk went on from has it.
//
// The answer comes in rows of at most 1,000 nodes, made as they are read; all else is in the first.
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes.
//
// access:  read
// planned: once for $artifact_ids, $execution_ids
// returns: artifacts, executions, depth, events, contexts, types
// written: from scripts/queries/lineage/subgraph_{way}.cypher
//
// artifacts and executions are maps of their properties, or ids unless $with_details; depth is that
// of the farthest node; events are [type, path, ids at the tails, ids at the heads, times], a list
// for each type and path; contexts are [map or id, ids of artifacts in it, ids of executions in it].
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (start:Artifact {id: id})
  WHERE true
    AND coalesce(start._recorded, start.create_time) <= $known_at // optional
  RETURN start
  UNION
  UNWIND $execution_ids AS id
  MATCH (start:Execution {id: id})
  WHERE true
    AND coalesce(start._recorded, start.create_time) <= $known_at // optional
  RETURN start
}
MATCH path = (start)
  ((here)<-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(next)
    WHERE true
      AND NOT (here:Artifact AND here.id IN $stop_artifact_ids) // optional
      AND NOT (here:Execution AND here.id IN $stop_execution_ids) // optional
  ){0,40} (node)
WITH node, min(length(path)) AS depth
WHERE depth <= $max_hops
  AND NOT (node:Artifact AND node.id IN $left_out_artifact_ids) // optional
  AND NOT (node:Execution AND node.id IN $left_out_execution_ids) // optional
WITH collect(node) AS nodes, max(depth) AS depth,
  collect(
    CASE WHEN depth < $max_hops
      AND NOT (node:Artifact AND node.id IN $stop_artifact_ids) // optional
      AND NOT (node:Execution AND node.id IN $stop_execution_ids) // optional
    THEN node END
  ) AS followed
CALL (followed) {
  UNWIND CASE WHEN $with_events THEN followed ELSE [] END AS node
  MATCH (node)<-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(next)
  WHERE true
    AND NOT (next:Artifact AND next.id IN $left_out_artifact_ids) // optional
    AND NOT (next:Execution AND next.id IN $left_out_execution_ids) // optional
  WITH event
  WITH type(event) AS type, event.path AS path, collect(startNode(event).id) AS tails,
    collect(endNode(event).id) AS heads, collect(CASE WHEN event.time IS :: ZONED DATETIME
      THEN event.time.epochMillis ELSE event.time END) AS times
  RETURN collect([type, path, tails, heads, times]) AS events
}
CALL (nodes) {
  UNWIND CASE WHEN $with_contexts THEN nodes ELSE [] END AS node
  MATCH (node)-[:ATTRIBUTED_TO|ASSOCIATED_WITH]->(context:Context)
  WITH context, collect(CASE WHEN node:Artifact THEN node.id END) AS artifact_ids,
    collect(CASE WHEN node:Execution THEN node.id END) AS execution_ids
  RETURN collect(context) AS contexts, collect([
    CASE WHEN $with_details
      THEN context {.*, create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
          THEN context.create_time.epochMillis ELSE context.create_time END,
        last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
          THEN context.last_update_time.epochMillis ELSE context.last_update_time END,
        start_time: CASE WHEN context.start_time IS :: ZONED DATETIME
          THEN context.start_time.epochMillis ELSE context.start_time END,
        end_time: CASE WHEN context.end_time IS :: ZONED DATETIME
          THEN context.end_time.epochMillis ELSE context.end_time END}
      ELSE context.id END,
    artifact_ids, execution_ids
  ]) AS memberships
}
CALL (nodes, contexts) {
  UNWIND CASE WHEN $with_details THEN nodes + contexts ELSE [] END AS node
  WITH DISTINCT node.type_id AS id
  MATCH (type:Type {id: id})
  RETURN collect(type {.*, create_time: null}) AS types
}
UNWIND range(0, size(nodes), 1000) AS first
WITH first, nodes[first..first + 1000] AS chunk, depth, events, memberships, types
RETURN
  CASE WHEN $with_details
    THEN [node IN chunk WHERE node:Artifact | node {.*,
      create_time: CASE WHEN node.create_time IS :: ZONED DATETIME
        THEN node.create_time.epochMillis ELSE node.create_time END,
      last_update_time: CASE WHEN node.last_update_time IS :: ZONED DATETIME
        THEN node.last_update_time.epochMillis ELSE node.last_update_time END}]
    ELSE [node IN chunk WHERE node:Artifact | node.id] END AS artifacts,
  CASE WHEN $with_details
    THEN [node IN chunk WHERE node:Execution | node {.*,
      create_time: CASE WHEN node.create_time IS :: ZONED DATETIME
        THEN node.create_time.epochMillis ELSE node.create_time END,
      last_update_time: CASE WHEN node.last_update_time IS :: ZONED DATETIME
        THEN node.last_update_time.epochMillis ELSE node.last_update_time END,
      start_time: CASE WHEN node.start_time IS :: ZONED DATETIME
        THEN node.start_time.epochMillis ELSE node.start_time END,
      end_time: CASE WHEN node.end_time IS :: ZONED DATETIME
        THEN node.end_time.epochMillis ELSE node.end_time END}]
    ELSE [node IN chunk WHERE node:Execution | node.id] END AS executions,
  depth,
  CASE first WHEN 0 THEN events END AS events,
  CASE first WHEN 0 THEN memberships END AS contexts,
  CASE first WHEN 0 THEN types END AS types;
