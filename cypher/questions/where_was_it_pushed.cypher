// When a model was pushed or deployed, to where, by whom, and whether it still is live there.
//
// Ask of a model: `:param artifact_id => 45`. A push of TFX's is live until a later one goes to the
// same folder; a deployment from its own time until it is retired or replaced. Pushes are in the order
// of their own times: when the execution ended, or else when the store learnt of the artifact.
//
// access:  read
// returns: push, where, at, by, live, reason, step, run
// written: from scripts/queries/questions/where_was_it_pushed.cypher
MATCH (:Artifact {id: $artifact_id})-[:INPUT]->(execution:Execution)-[:OUTPUT]->(push:Artifact)
WHERE last(split(push.type, '.')) IN ['PushedModel', 'ModelPushPath', 'Deployment', 'Endpoint']
  AND coalesce(execution.state, '') <> 'CACHED'
WITH DISTINCT execution, push, properties(push) AS said, properties(execution) AS step, COLLECT {
  MATCH (execution)-[:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']
  RETURN properties(run)
}[0] AS run
WITH push, said, step, run, coalesce(said.custom_pushed_destination, said.pushed_destination) AS place,
  coalesce(step.end_time, step.start_time, push.create_time) AS time
WITH push, said, step, run, place, time, COLLECT {
  MATCH (push)-[:INPUT]->(retire:Execution {type: 'Retire'})
  WITH properties(retire) AS retired
  WHERE NOT coalesce(coalesce(retired.end_time, retired.create_time) > datetime(), false)
  ORDER BY coalesce(retired.end_time, retired.create_time), retired.id
  LIMIT 1
  RETURN 'no: retired by e' + retired.id + coalesce(', replaced by a' + retired.replaced_by, '') + ', '
    + replace(left(toString(coalesce(retired.end_time, retired.create_time)), 19), 'T', ' ') AS why
  UNION
  MATCH (later:Artifact {type: push.type})
  WHERE later.create_time IS NOT NULL AND later.id IS NOT NULL AND later <> push
  WITH later, properties(later) AS next
  WHERE coalesce(next.custom_pushed, next.pushed) IN [1, true]
    AND coalesce(next.state, '') <> 'ABANDONED'
    AND coalesce(next.custom_pushed_destination, next.pushed_destination) STARTS WITH
      left(place, size(place) - size(last(split(place, '/'))))
  WITH later, coalesce(COLLECT {
    MATCH (maker:Execution)-[:OUTPUT]->(later)
    WHERE coalesce(maker.state, '') <> 'CACHED'
    RETURN coalesce(maker.end_time, maker.start_time) AS at ORDER BY at LIMIT 1
  }[0], later.create_time) AS then
  WHERE then > time OR then = time AND later.id > push.id
  ORDER BY then, later.id
  LIMIT 1
  RETURN 'no: a' + later.id + ' was pushed there later' AS why
}[0] AS ended
RETURN 'a' + push.id + ' ' + last(split(push.type, '.')) AS push,
  coalesce(said.target, place, push.uri) AS where,
  replace(left(toString(time), 19), 'T', ' ') AS at,
  coalesce(step.actor, run.user) AS by, CASE
    WHEN push._deleted IS NOT NULL THEN 'no: it was deleted'
    WHEN coalesce(said.custom_pushed, said.pushed) IN [0, false] THEN 'no: the step ran and pushed nothing'
    WHEN ended IS NOT NULL THEN ended
    WHEN push.type = 'Deployment' AND coalesce(time > datetime(), false) THEN 'no: planned'
    WHEN coalesce(push.state, 'LIVE') IN ['LIVE', 'UNKNOWN'] THEN 'yes'
    ELSE 'no: it is ' + push.state END AS live,
  step.reason AS reason, 'e' + step.id + ' ' + last(split(step.type, '.')) AS step,
  'c' + run.id + ' ' + run.name AS run
ORDER BY at DESC;
