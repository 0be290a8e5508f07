// When a model was pushed or deployed, to where, by whom, and whether it still is live there.
//
// Ask of a model: `:param artifact_id => 45`. A push of TFX's is live until a later one goes to the
// same folder; a deployment from its own time until it is retired or replaced. Pushes are in the order
// of their own times: when the execution ended, or else when the store learnt of the artifact.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: push, where, at, by, live, reason, step, run
// written: from scripts/queries/questions/where_was_it_pushed.cypher
MATCH (:Artifact {id: $artifact_id})-[read:INPUT
  |RETRACTED_INPUT // as of $known_at // optional
]->(execution:Execution)
WHERE true
  AND coalesce(startNode(read)._recorded, startNode(read).create_time) <= $known_at // optional
  AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  AND coalesce(read._recorded, $known_at) <= $known_at // optional
  AND coalesce(read._until > $known_at, true) // optional
MATCH (execution)-[made:OUTPUT
  |RETRACTED_OUTPUT // as of $known_at // optional
]->(push:Artifact)
WHERE last(split(push.type, '.')) IN ['PushedModel', 'ModelPushPath', 'Deployment', 'Endpoint']
  AND coalesce(push._recorded, push.create_time) <= $known_at // optional
  AND coalesce(made._recorded, $known_at) <= $known_at // optional
  AND coalesce(made._until > $known_at, true) // optional
WITH DISTINCT execution, push
WITH execution, push, []
  + COLLECT { MATCH (push)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(push)] AS of_push,
  []
    + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(execution)] AS of_step
WITH push, execution, {
  custom_pushed: [r IN of_push WHERE r.custom_pushed IS NOT NULL | nullIf(r.custom_pushed, [false])][0],
  pushed: [r IN of_push WHERE r.pushed IS NOT NULL | nullIf(r.pushed, [false])][0],
  custom_pushed_destination: [r IN of_push WHERE r.custom_pushed_destination IS NOT NULL | nullIf(r.custom_pushed_destination, [false])][0],
  pushed_destination: [r IN of_push WHERE r.pushed_destination IS NOT NULL | nullIf(r.pushed_destination, [false])][0],
  target: [r IN of_push WHERE r.target IS NOT NULL | nullIf(r.target, [false])][0],
  uri: [r IN of_push WHERE r.uri IS NOT NULL | nullIf(r.uri, [false])][0],
  state: [r IN of_push WHERE r.state IS NOT NULL | nullIf(r.state, [false])][0],
  id: of_push[-1].id, type: of_push[-1].type, create_time: of_push[-1].create_time
} AS said,
  {
    state: [r IN of_step WHERE r.state IS NOT NULL | nullIf(r.state, [false])][0],
    start_time: [r IN of_step WHERE r.start_time IS NOT NULL | nullIf(r.start_time, [false])][0],
    end_time: [r IN of_step WHERE r.end_time IS NOT NULL | nullIf(r.end_time, [false])][0],
    actor: [r IN of_step WHERE r.actor IS NOT NULL | nullIf(r.actor, [false])][0],
    reason: [r IN of_step WHERE r.reason IS NOT NULL | nullIf(r.reason, [false])][0],
    id: of_step[-1].id, type: of_step[-1].type, create_time: of_step[-1].create_time
  } AS step, coalesce(
    CASE WHEN $known_at < datetime() THEN $known_at END, // optional
    datetime()) AS moment
WHERE coalesce(step.state, '') <> 'CACHED'
WITH push, said, step, moment, COLLECT {
  MATCH (execution)-[of:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']
    AND coalesce(run._recorded, run.create_time) <= $known_at // optional
    AND coalesce(of._recorded, $known_at) <= $known_at // optional
  WITH run, []
    + COLLECT { MATCH (run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(run)] AS was
  RETURN {
    name: [r IN was WHERE r.name IS NOT NULL | nullIf(r.name, [false])][0],
    user: [r IN was WHERE r.user IS NOT NULL | nullIf(r.user, [false])][0],
    id: was[-1].id, type: was[-1].type, create_time: was[-1].create_time
  }
}[0] AS run
WITH push, said, step, moment, run, coalesce(said.custom_pushed_destination, said.pushed_destination) AS place,
  coalesce(step.end_time, step.start_time, push.create_time) AS time
WITH push, said, step, moment, run, place, time, COLLECT {
  MATCH (push)-[ended:INPUT
    |RETRACTED_INPUT // as of $known_at // optional
  ]->(retire:Execution {type: 'Retire'})
  WHERE true
    AND coalesce(retire._recorded, retire.create_time) <= $known_at // optional
    AND coalesce(ended._recorded, $known_at) <= $known_at // optional
    AND coalesce(ended._until > $known_at, true) // optional
  WITH moment, properties(retire) AS retired
  WHERE NOT coalesce(coalesce(retired.end_time, retired.create_time) > moment, false)
  ORDER BY coalesce(retired.end_time, retired.create_time), retired.id
  LIMIT 1
  RETURN 'no: retired by e' + retired.id + coalesce(', replaced by a' + retired.replaced_by, '') + ', '
    + replace(left(toString(coalesce(retired.end_time, retired.create_time)), 19), 'T', ' ') AS why
  UNION
  MATCH (later:Artifact {type: push.type})
  WHERE later.create_time IS NOT NULL AND later.id IS NOT NULL AND later <> push
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
  } AS next
  WHERE coalesce(next.custom_pushed, next.pushed) IN [1, true]
    AND coalesce(next.state, '') <> 'ABANDONED'
    AND coalesce(next.custom_pushed_destination, next.pushed_destination) STARTS WITH
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
  }[0], later.create_time) AS then
  WHERE then > time OR then = time AND later.id > push.id
  ORDER BY then, later.id
  LIMIT 1
  RETURN 'no: a' + later.id + ' was pushed there later' AS why
}[0] AS ended
RETURN 'a' + push.id + ' ' + last(split(push.type, '.')) AS push,
  coalesce(said.target, place, said.uri) AS where,
  replace(left(toString(time), 19), 'T', ' ') AS at,
  coalesce(step.actor, run.user) AS by, CASE
    WHEN push.type <> 'Deployment' AND push._deleted > $known_at THEN 'not known: it was deleted since' // optional
    WHEN push._deleted IS NOT NULL AND (push.type <> 'Deployment' OR push._deleted <= moment) THEN 'no: it was deleted'
    WHEN coalesce(said.custom_pushed, said.pushed) IN [0, false] THEN 'no: the step ran and pushed nothing'
    WHEN ended IS NOT NULL THEN ended
    WHEN push.type = 'Deployment' AND coalesce(time > moment, false) THEN 'no: planned'
    WHEN coalesce(said.state, 'LIVE') IN ['LIVE', 'UNKNOWN'] THEN 'yes'
    ELSE 'no: it is ' + said.state END AS live,
  step.reason AS reason, 'e' + step.id + ' ' + last(split(step.type, '.')) AS step,
  'c' + run.id + ' ' + run.name AS run
ORDER BY at DESC;
