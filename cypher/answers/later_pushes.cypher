// Which pushes of TFX's were followed by another one to the same place, by which, and when.
//
// A place is the folder that the Pusher makes a folder for each version in. Pushes are in the order of
// their own times: when the execution ended, or else when the store learnt of the artifact. The id
// that is not null lets the index of types and times be entered.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids
// returns: pushed_id, later_id, time
// written: from scripts/queries/answers/later_pushes.cypher
UNWIND $artifact_ids AS id
MATCH (pushed:Artifact {id: id})
WITH pushed, []
  + COLLECT { MATCH (pushed)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  AS past
WITH pushed, coalesce(nullIf(coalesce(
  head([r IN past WHERE r.custom_pushed_destination IS NOT NULL | r.custom_pushed_destination]),
  properties(pushed).custom_pushed_destination), [false]),
    nullIf(coalesce(
      head([r IN past WHERE r.pushed_destination IS NOT NULL | r.pushed_destination]),
      properties(pushed).pushed_destination), [false])) AS place,
  COLLECT {
    MATCH (maker:Execution)-[made:OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]->(pushed)
    WHERE true
      AND coalesce(maker._recorded, maker.create_time) <= $known_at // optional
      AND coalesce(made._recorded, $known_at) <= $known_at // optional
      AND coalesce(made._until > $known_at, true) // optional
    WITH maker, []
      + COLLECT { MATCH (maker)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
      AS of_maker
    WHERE coalesce(nullIf(coalesce(
      head([r IN of_maker WHERE r.state IS NOT NULL | r.state]),
      properties(maker).state), [false]), '') <> 'CACHED'
    RETURN coalesce(nullIf(coalesce(
      head([r IN of_maker WHERE r.end_time IS NOT NULL | r.end_time]),
      properties(maker).end_time), [false]),
      nullIf(coalesce(
        head([r IN of_maker WHERE r.start_time IS NOT NULL | r.start_time]),
        properties(maker).start_time), [false])) AS at ORDER BY at LIMIT 1
  }[0] AS ended
WHERE place IS NOT NULL
CALL (pushed, place, ended) {
  MATCH (later:Artifact {type: pushed.type})
  WHERE later.create_time IS NOT NULL AND later.id IS NOT NULL AND later <> pushed
    AND coalesce(later._recorded, later.create_time) <= $known_at // optional
  WITH later, []
    + COLLECT { MATCH (later)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    AS past
  WITH later, {
    custom_pushed: nullIf(coalesce(
      head([r IN past WHERE r.custom_pushed IS NOT NULL | r.custom_pushed]),
      properties(later).custom_pushed), [false]),
    pushed: nullIf(coalesce(
      head([r IN past WHERE r.pushed IS NOT NULL | r.pushed]),
      properties(later).pushed), [false]),
    custom_pushed_destination: nullIf(coalesce(
      head([r IN past WHERE r.custom_pushed_destination IS NOT NULL | r.custom_pushed_destination]),
      properties(later).custom_pushed_destination), [false]),
    pushed_destination: nullIf(coalesce(
      head([r IN past WHERE r.pushed_destination IS NOT NULL | r.pushed_destination]),
      properties(later).pushed_destination), [false]),
    target: nullIf(coalesce(
      head([r IN past WHERE r.target IS NOT NULL | r.target]),
      properties(later).target), [false]),
    uri: nullIf(coalesce(
      head([r IN past WHERE r.uri IS NOT NULL | r.uri]),
      properties(later).uri), [false]),
    state: nullIf(coalesce(
      head([r IN past WHERE r.state IS NOT NULL | r.state]),
      properties(later).state), [false])
  } AS said
  WHERE coalesce(said.custom_pushed, said.pushed) IN [1, true]
    AND coalesce(said.state, '') <> 'ABANDONED'
    AND coalesce(said.custom_pushed_destination, said.pushed_destination) STARTS WITH
      left(place, size(place) - size(last(split(place, '/'))))
  WITH later, coalesce(COLLECT {
    MATCH (maker:Execution)-[made:OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]->(later)
    WHERE true
      AND coalesce(maker._recorded, maker.create_time) <= $known_at // optional
      AND coalesce(made._recorded, $known_at) <= $known_at // optional
      AND coalesce(made._until > $known_at, true) // optional
    WITH maker, []
      + COLLECT { MATCH (maker)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
      AS of_maker
    WHERE coalesce(nullIf(coalesce(
      head([r IN of_maker WHERE r.state IS NOT NULL | r.state]),
      properties(maker).state), [false]), '') <> 'CACHED'
    RETURN coalesce(nullIf(coalesce(
      head([r IN of_maker WHERE r.end_time IS NOT NULL | r.end_time]),
      properties(maker).end_time), [false]),
      nullIf(coalesce(
        head([r IN of_maker WHERE r.start_time IS NOT NULL | r.start_time]),
        properties(maker).start_time), [false])) AS at ORDER BY at LIMIT 1
  }[0], later.create_time) AS time
  WHERE time > coalesce(ended, pushed.create_time)
    OR time = coalesce(ended, pushed.create_time) AND later.id > pushed.id
  RETURN later, time
  ORDER BY time, later.id
  LIMIT 1
}
RETURN pushed.id AS pushed_id, later.id AS later_id, time;
