// Everything that events connect some nodes with, as ids.
//
// The walk of lineage.connected, events followed whichever way they point, with nothing
// read but ids: for sets that are counted, compared or passed on.
//
// access:  read
// returns: artifact_ids, execution_ids
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
RETURN collect(CASE WHEN node:Artifact THEN node.id END) AS artifact_ids,
  collect(CASE WHEN node:Execution THEN node.id END) AS execution_ids;
