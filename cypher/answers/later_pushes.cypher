// Which pushes of TFX's were followed by another one to the same place, by which, and when.
//
// A place is the folder that the Pusher makes a folder for each version in. Pushes are in the order of
// their own times: when the execution ended, or else when the store learnt of the artifact. The id
// that is not null lets the index of types and times be entered.
//
// access:  read
// returns: pushed_id, later_id, time
// written: from scripts/queries/answers/later_pushes.cypher
UNWIND $artifact_ids AS id
MATCH (pushed:Artifact {id: id})
WITH pushed, coalesce(properties(pushed).custom_pushed_destination, properties(pushed).pushed_destination) AS place, COLLECT {
  MATCH (maker:Execution)-[:OUTPUT]->(pushed)
  WHERE coalesce(maker.state, '') <> 'CACHED'
  RETURN coalesce(maker.end_time, maker.start_time) AS ended ORDER BY ended LIMIT 1
}[0] AS ended
WHERE place IS NOT NULL
CALL (pushed, place, ended) {
  MATCH (later:Artifact {type: pushed.type})
  WHERE later.create_time IS NOT NULL AND later.id IS NOT NULL AND later <> pushed
  WITH later, properties(later) AS said
  WHERE coalesce(said.custom_pushed, said.pushed) IN [1, true]
    AND coalesce(said.state, '') <> 'ABANDONED'
    AND coalesce(said.custom_pushed_destination, said.pushed_destination) STARTS WITH
      left(place, size(place) - size(last(split(place, '/'))))
  WITH later, coalesce(COLLECT {
    MATCH (maker:Execution)-[:OUTPUT]->(later)
    WHERE coalesce(maker.state, '') <> 'CACHED'
    RETURN coalesce(maker.end_time, maker.start_time) AS at ORDER BY at LIMIT 1
  }[0], later.create_time) AS time
  WHERE time > coalesce(ended, pushed.create_time)
    OR time = coalesce(ended, pushed.create_time) AND later.id > pushed.id
  RETURN later, time
  ORDER BY time, later.id
  LIMIT 1
}
RETURN pushed.id AS pushed_id, later.id AS later_id, time;
