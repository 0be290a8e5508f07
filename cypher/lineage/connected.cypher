// Everything that some nodes are connected to by events, nearest first.
//
// Events are followed both ways. This is a breadth-first walk that visits a node once
// (Pruning,BFS in the plan), however many paths lead to it. Whoever names the paths, or tests for
// a pattern inside the walk, makes the planner enumerate them: 2^30 in 30 diamonds.
//
// A line marked optional is left out when nobody asks for it: `within` says which nodes may be
// entered, `stop` which are not followed further. The bound, here 40 events, is set by the code.
//
// access:  read
// returns: nodes (lists)
//
// A row has a thousand nodes at most: large answers travel faster in few rows. A node is a list:
// whether it is an artifact, its properties (times in milliseconds since the epoch), its depth in
// events from the nearest start, whether it was not followed, and the events that lead on, each
// [id at the other end, type, path, time].
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (start:Artifact {id: id})
  RETURN start
  UNION
  UNWIND $execution_ids AS id
  MATCH (start:Execution {id: id})
  RETURN start
}
MATCH path = (start)
  ((here)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(next)
    WHERE true
      AND type(event) IN $event_types // optional
      AND next.type_id IN $within_type_ids // optional
      AND (next:Execution OR next.state IN $within_artifact_states) // optional
      AND (next:Artifact OR next.state IN $within_execution_states) // optional
      AND (next:Execution OR next.id IN $within_artifact_ids) // optional
      AND (next:Artifact OR next.id IN $within_execution_ids) // optional
      AND next.create_time >= $within_since // optional
      AND next.create_time < $within_before // optional
      AND NOT here.type_id IN $stop_type_ids // optional
      AND NOT (here:Artifact AND here.id IN $stop_artifact_ids) // optional
      AND NOT (here:Execution AND here.id IN $stop_execution_ids) // optional
  ){0,40} (node)
WITH node, min(length(path)) AS depth
ORDER BY depth, node:Execution, node.id
LIMIT $limit
WITH collect({node: node, depth: depth}) AS found
UNWIND range(0, size(found) - 1, 1000) AS begin
CALL (found, begin) {
  UNWIND found[begin..begin + 1000] AS one
  WITH one.node AS node, one.depth AS depth
  RETURN collect([
    node:Artifact,
    node {
      .*,
      create_time: node.create_time.epochMillis,
      last_update_time: node.last_update_time.epochMillis
    },
    depth,
    false
      OR node.type_id IN $stop_type_ids // optional
      OR (node:Artifact AND node.id IN $stop_artifact_ids) // optional
      OR (node:Execution AND node.id IN $stop_execution_ids) // optional
    ,
    COLLECT {
      MATCH (node)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(next)
      WHERE true
        AND type(event) IN $event_types // optional
        AND next.type_id IN $within_type_ids // optional
        AND (next:Execution OR next.state IN $within_artifact_states) // optional
        AND (next:Artifact OR next.state IN $within_execution_states) // optional
        AND (next:Execution OR next.id IN $within_artifact_ids) // optional
        AND (next:Artifact OR next.id IN $within_execution_ids) // optional
        AND next.create_time >= $within_since // optional
        AND next.create_time < $within_before // optional
      RETURN [next.id, type(event), event.path, event.time.epochMillis]
    }
  ]) AS nodes
}
RETURN nodes;
