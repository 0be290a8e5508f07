// Everything that events connect some nodes with, a node at a time as it is found.
//
// The walk of lineage.connected, events followed whichever way they point. Nothing is
// sorted or gathered, so that the first node is there before the last is found, and an answer of any
// size needs no memory; hence there are no depths.
//
// access:  read
// returns: is_artifact, properties, stopped, events
//
// Times are milliseconds since the epoch; stopped says that the node was not followed; events are
// those that lead on: [id at the other end, type, path, time].
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (start:Artifact {id: id})
  RETURN start
  UNION
  UNWIND $execution_ids AS id
  MATCH (start:Execution {id: id})
  RETURN start
}
MATCH (start)
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
WITH DISTINCT node
RETURN node:Artifact AS is_artifact,
  node {
    .*,
    create_time: node.create_time.epochMillis,
    last_update_time: node.last_update_time.epochMillis
  } AS properties,
  false
    OR node.type_id IN $stop_type_ids // optional
    OR (node:Artifact AND node.id IN $stop_artifact_ids) // optional
    OR (node:Execution AND node.id IN $stop_execution_ids) // optional
  AS stopped,
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
  } AS events;
