// When a model was pushed or deployed, to where, by whom, and whether it still is live there.
//
// Ask of a model: `:param artifact_id => 45`. A push of TFX's is live until a later one goes to the
// same folder; a deployment until it is retired or replaced.
//
// access:  read
// returns: push, where, at, by, live, reason, step, run
MATCH (:Artifact {id: $artifact_id})-[:INPUT]->(execution:Execution)-[:OUTPUT]->(push:Artifact)
WHERE last(split(push.type, '.')) IN ['PushedModel', 'ModelPushPath', 'Deployment', 'Endpoint']
  AND coalesce(execution.state, '') <> 'CACHED'
WITH DISTINCT execution, push, properties(push) AS said, properties(execution) AS step, COLLECT {
  MATCH (execution)-[:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun']
  RETURN properties(run)
}[0] AS run
WITH push, said, step, run, said.custom_pushed_destination AS place
WITH push, said, step, run, place, COLLECT {
  MATCH (push)-[:INPUT]->(retire:Execution {type: 'Retire'})
  RETURN 'no: retired by e' + retire.id AS why
  UNION
  MATCH (later:Artifact {type: push.type})
  WHERE later.create_time > push.create_time AND later.id IS NOT NULL
  WITH later, properties(later) AS next
  WHERE next.custom_pushed = 1
    AND next.custom_pushed_destination STARTS WITH left(place, size(place) - size(last(split(place, '/'))))
  RETURN 'no: a' + later.id + ' was pushed there later' AS why
  ORDER BY later.create_time
  LIMIT 1
}[0] AS ended
RETURN 'a' + push.id + ' ' + last(split(push.type, '.')) AS push,
  coalesce(said.target, place, push.uri) AS where,
  replace(left(toString(coalesce(step.end_time, push.create_time)), 19), 'T', ' ') AS at,
  coalesce(step.actor, run.user) AS by, CASE
    WHEN said.custom_pushed = 0 THEN 'no: the step ran and pushed nothing'
    WHEN ended IS NOT NULL THEN ended
    WHEN coalesce(push.state, 'LIVE') IN ['LIVE', 'UNKNOWN'] THEN 'yes'
    ELSE 'no: it is ' + push.state END AS live,
  step.reason AS reason, 'e' + step.id + ' ' + last(split(step.type, '.')) AS step,
  'c' + run.id + ' ' + run.name AS run
ORDER BY at DESC;
