// Everything that was made from some nodes, nearest first.
//
// Events are followed along the flow of data. This is a breadth-first walk that visits a node once
// (Pruning,BFS in the plan), however many paths lead to it. Whoever names the paths, or tests for
// a pattern inside the walk, makes the planner enumerate them: 2^30 in 30 diamonds.
//
// A line marked optional is left out when nobody asks for it: `within` says which nodes may be
// entered, `stop` which are not followed further. The bound, here 40 events, is set by the code.
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
// returns: nodes (columns), depths, stopped, events (columns), lost
// written: from scripts/queries/lineage/{way}.cypher
//
// A row has a thousand nodes at most: large answers travel faster in few rows, and in columns. Nodes are
// [whether they are artifacts, their places in the row, keys, a column for each key], a list for all
// that have the same keys; times are milliseconds since the epoch. Depths are in events from the nearest
// start; stopped are the places of those that were not followed. Events are [kinds, columns]: the columns
// are the place of the node that leads on, the id at the other end, and the time; kinds are [type, path,
// numbers of the events]. If one is to $look_for_trails, lost says that nobody but who passed it on is
// known of something.
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
WITH node, min(length(path)) AS depth
ORDER BY depth, node:Execution, node.id
LIMIT $limit
WITH collect(node) AS nodes, collect(depth) AS depths
UNWIND range(0, size(nodes) - 1, 1000) AS begin
WITH nodes[begin..begin + 1000] AS chunk, depths[begin..begin + 1000] AS depths
CALL (chunk) {
  UNWIND range(0, size(chunk) - 1) AS place
  WITH place, chunk[place] AS node
  MATCH (node)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT
    |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
  ]->(next)
  WHERE true
    AND (next:Artifact OR coalesce(next.state, '') <> $passing OR next.id IN $trail_ids) // optional
    AND (next:Artifact OR coalesce($states_then['e' + next.id], next.state, '') <> $passing_then OR next.id IN $trail_ids) // optional
    AND (node:Artifact OR coalesce(node.state, '') <> $passing OR [next.id, node.id] IN $trails) // optional
    AND (node:Artifact OR coalesce($states_then['e' + node.id], node.state, '') <> $passing_then OR [next.id, node.id] IN $trails) // optional
    AND (type(event) <> $choice OR [next.id, node.id] IN $trails) // optional
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
RETURN
  nodes,
  depths,
  [place IN range(0, size(chunk) - 1) WHERE
    false
      OR chunk[place].type_id IN $stop_type_ids // optional
      OR (chunk[place]:Artifact AND chunk[place].id IN $stop_artifact_ids) // optional
      OR (chunk[place]:Execution AND chunk[place].id IN $stop_execution_ids) // optional
  | place] AS stopped,
  events,
  lost;
