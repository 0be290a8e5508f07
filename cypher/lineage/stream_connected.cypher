// Everything that events connect some nodes with, a node at a time as it is found.
//
// The walk of lineage.connected, events followed whichever way they point. Nothing is
// sorted or gathered, so that the first node is there before the last is found, and an answer of any
// size needs no memory; hence there are no depths.
//
// What only passed something on is left out: executions in state $passing (CACHED), and events of
// type $choice (INTERNAL_OUTPUT, what a resolver chose), but for [artifact, execution] in $trails.
//
// With $known_at it is what the store said then, and `_past` of a node what was changed of it since. What
// passed something on then, and states, are told by $states_then, the states of nodes that had others:
// with these $passing is $passing_then, and so are the states that may be entered.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids, $execution_ids
// returns: is_artifact, properties, stopped, events, lost
// written: from scripts/queries/lineage/stream_{way}.cypher
//
// Times are milliseconds since the epoch; stopped says that the node was not followed; events are
// those that lead on: [id at the other end, type, path, time]. If one is to $look_for_trails, lost says
// that nobody but who passed it on is known of something next to the node.
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
  ]-(next)
    WHERE true
      AND (next:Artifact OR coalesce(next.state, '') <> $passing OR next.id IN $trail_ids) // optional
      AND (next:Artifact OR coalesce($states_then['e' + next.id], next.state, '') <> $passing_then OR next.id IN $trail_ids) // optional
      AND (here:Execution OR coalesce(next.state, '') <> $passing OR type(event) ENDS WITH 'INPUT' OR [here.id, next.id] IN $trails) // optional
      AND (here:Execution OR coalesce($states_then['e' + next.id], next.state, '') <> $passing_then OR type(event) ENDS WITH 'INPUT' OR [here.id, next.id] IN $trails) // optional
      AND (here:Artifact OR coalesce(here.state, '') <> $passing OR type(event) ENDS WITH 'INPUT' OR [next.id, here.id] IN $trails) // optional
      AND (here:Artifact OR coalesce($states_then['e' + here.id], here.state, '') <> $passing_then OR type(event) ENDS WITH 'INPUT' OR [next.id, here.id] IN $trails) // optional
      AND (type(event) <> $choice OR [here.id, next.id] IN $trails AND here:Artifact OR [next.id, here.id] IN $trails AND next:Artifact) // optional
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
RETURN node:Artifact AS is_artifact,
  node {
    .*,
    _past: [(node)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    create_time: CASE WHEN node.create_time IS :: ZONED DATETIME
      THEN node.create_time.epochMillis ELSE node.create_time END,
    last_update_time: CASE WHEN node.last_update_time IS :: ZONED DATETIME
      THEN node.last_update_time.epochMillis ELSE node.last_update_time END
  } AS properties,
  false
    OR node.type_id IN $stop_type_ids // optional
    OR (node:Artifact AND node.id IN $stop_artifact_ids) // optional
    OR (node:Execution AND node.id IN $stop_execution_ids) // optional
  AS stopped,
  COLLECT {
    MATCH (node)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT
      |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
    ]-(next)
    WHERE true
      AND (next:Artifact OR coalesce(next.state, '') <> $passing OR next.id IN $trail_ids) // optional
      AND (next:Artifact OR coalesce($states_then['e' + next.id], next.state, '') <> $passing_then OR next.id IN $trail_ids) // optional
      AND (node:Execution OR coalesce(next.state, '') <> $passing OR type(event) ENDS WITH 'INPUT' OR [node.id, next.id] IN $trails) // optional
      AND (node:Execution OR coalesce($states_then['e' + next.id], next.state, '') <> $passing_then OR type(event) ENDS WITH 'INPUT' OR [node.id, next.id] IN $trails) // optional
      AND (node:Artifact OR coalesce(node.state, '') <> $passing OR type(event) ENDS WITH 'INPUT' OR [next.id, node.id] IN $trails) // optional
      AND (node:Artifact OR coalesce($states_then['e' + node.id], node.state, '') <> $passing_then OR type(event) ENDS WITH 'INPUT' OR [next.id, node.id] IN $trails) // optional
      AND (type(event) <> $choice OR [node.id, next.id] IN $trails AND node:Artifact OR [next.id, node.id] IN $trails AND next:Artifact) // optional
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
    RETURN [next.id,
      replace( // as of $known_at // optional
      type(event)
      , 'RETRACTED_', '') // as of $known_at // optional
      , coalesce(event.path, []), coalesce(CASE WHEN event.time IS :: ZONED DATETIME
        THEN event.time.epochMillis ELSE event.time END, 0)]
  } AS events,
  $look_for_trails AND node:Artifact AND EXISTS {
    MATCH (node)<-[event:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]-(maker:Execution)
    WHERE true
      AND coalesce(maker._recorded, maker.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
  } AND NOT EXISTS {
    MATCH (node)<-[made:OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT
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
    OR $look_for_trails AND node:Artifact AND EXISTS {
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
      AND NOT EXISTS {
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
  }
  AS lost;
