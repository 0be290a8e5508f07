// Everything that was made from some nodes, as ids.
//
// The walk of lineage.downstream, events followed along the flow of data, with nothing
// read but ids: for sets that are counted, compared or passed on.
//
// What only passed something on is left out: executions in state $passing (CACHED), and events of
// type $choice (INTERNAL_OUTPUT, what a resolver chose), but for [artifact, execution] in $trails.
//
// With $known_at it is what the store said then. What passed something on then, and states, are told by
// $states_then, the states of nodes that had others: with these $passing is $passing_then, and so are the
// states that may be entered.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids, $execution_ids
// returns: artifact_ids, execution_ids, lost
// written: from scripts/queries/lineage/ids_{way}.cypher
//
// lost is that of lineage.downstream.
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
MATCH (start)
  ((here)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT
    |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
  ]->(next)
    WHERE true
      AND (next:Artifact OR coalesce(next.state, '') <> $passing OR next.id IN $trail_ids) // optional
      AND (next:Artifact OR coalesce($states_then['e' + next.id], next.state, '') <> $passing_then OR next.id IN $trail_ids) // optional
      AND (here:Artifact OR coalesce(here.state, '') <> $passing OR [next.id, here.id] IN $trails) // optional
      AND (here:Artifact OR coalesce($states_then['e' + here.id], here.state, '') <> $passing_then OR [next.id, here.id] IN $trails) // optional
      AND (type(event) <> $choice OR [next.id, here.id] IN $trails) // optional
      AND coalesce(next._recorded, next.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
      AND type(event) IN $event_types // optional
      AND next.type_id IN $within_type_ids // optional
      AND (next:Execution OR next.state IN $within_artifact_states) // optional
      AND (next:Execution OR coalesce($states_then['a' + next.id], next.state) IN $within_artifact_states_then) // optional
      AND (next:Artifact OR next.state IN $within_execution_states) // optional
      AND (next:Artifact OR coalesce($states_then['e' + next.id], next.state) IN $within_execution_states_then) // optional
      AND (next:Execution OR next.id IN $within_artifact_ids) // optional
      AND (next:Artifact OR next.id IN $within_execution_ids) // optional
      AND next.create_time >= $within_since // optional
      AND next.create_time < $within_before // optional
      AND NOT here.type_id IN $stop_type_ids // optional
      AND NOT (here:Artifact AND here.id IN $stop_artifact_ids) // optional
      AND NOT (here:Execution AND here.id IN $stop_execution_ids) // optional
  ){0,40} (node)
WITH DISTINCT node
WITH collect(node) AS chunk
CALL (chunk) {
  UNWIND CASE WHEN $look_for_trails THEN chunk ELSE [] END AS node
  WITH node WHERE node:Artifact
  MATCH (node)-[read:INPUT|DECLARED_INPUT|INTERNAL_INPUT
    |RETRACTED_INPUT // as of $known_at // optional
  ]->(reader:Execution)
    -[event:OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]->(output:Artifact)
  WHERE
    CASE
      WHEN $states_then['e' + reader.id] IS NOT NULL THEN $states_then['e' + reader.id] = 'CACHED' // optional
      WHEN reader.state = 'CACHED' THEN true
      ELSE false
    END
    AND coalesce(reader._recorded, reader.create_time) <= $known_at // optional
    AND coalesce(output._recorded, output.create_time) <= $known_at // optional
    AND coalesce(read._recorded, $known_at) <= $known_at // optional
    AND coalesce(read._until > $known_at, true) // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
  WITH DISTINCT output
  WHERE NOT EXISTS {
    MATCH (output)<-[made:OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]-(maker:Execution)
    WHERE NOT
      CASE
        WHEN $states_then['e' + maker.id] IS NOT NULL THEN $states_then['e' + maker.id] = 'CACHED' // optional
        WHEN maker.state = 'CACHED' THEN true
        ELSE false
      END
      AND coalesce(maker._recorded, maker.create_time) <= $known_at // optional
      AND coalesce(made._recorded, $known_at) <= $known_at // optional
      AND coalesce(made._until > $known_at, true) // optional
  }
  RETURN count(*) > 0 AS lost
}
RETURN [node IN chunk WHERE node:Artifact | node.id] AS artifact_ids,
  [node IN chunk WHERE node:Execution | node.id] AS execution_ids,
  lost;
