// What is in production: the models that were pushed or deployed, and that nothing has replaced.
//
// It asks of the whole store. A push of TFX's is live until a later one goes to the same folder; a
// deployment until it is retired or replaced; both are in the order of their own times. A deployment
// that is yet to come serves nothing now: `graphstore production` lists it below.
// `graphstore production --on 2026-01-31` says what was there then.
//
// access:  read
// returns: where, model, since, by, push, step, reason
// written: from scripts/queries/questions/what_is_in_production.cypher
MATCH (push:Artifact)
WHERE push.type IN ['Deployment', 'PushedModel', 'ModelPushPath'] AND push.id IS NOT NULL
MATCH (model:Artifact)-[read:INPUT]->(execution:Execution)-[:OUTPUT]->(push)
WHERE read.path[0] IN ['model', 'model_export'] AND coalesce(execution.state, '') <> 'CACHED'
WITH push, model, execution, properties(push) AS said, properties(execution) AS step
WITH push, model, execution, said, step, coalesce(said.custom_pushed_destination, said.pushed_destination) AS place,
  coalesce(step.end_time, step.start_time, push.create_time) AS since
WHERE push._deleted IS NULL AND coalesce(said.custom_pushed, said.pushed, 1) <> 0 AND coalesce(said.state, '') <> 'ABANDONED' AND NOT EXISTS {
    MATCH (push)-[:INPUT]->(retire:Execution {type: 'Retire'})
    WHERE NOT coalesce(coalesce(retire.end_time, retire.create_time) > datetime(), false)
  } AND NOT (push.type = 'Deployment' AND coalesce(since > datetime(), false))
WITH push, model, execution, said, step, since, place, CASE push.type WHEN 'Deployment' THEN 'a' + push.id
  ELSE coalesce(left(place, size(place) - size(last(split(place, '/')))), 'a' + push.id) END AS folder
ORDER BY since DESC, push.id DESC
WITH folder, collect({push: push, model: model, execution: execution, said: said, step: step, since: since})[0] AS newest
WITH newest.push AS push, newest.model AS model, newest.execution AS execution, newest.said AS said, newest.step AS step, newest.since AS at
WHERE coalesce(push.state, 'LIVE') IN ['LIVE', 'UNKNOWN']
WITH push, said, model, step, at, COLLECT {
  MATCH (execution)-[:ASSOCIATED_WITH]->(run:Context)
  RETURN properties(run).user AS user ORDER BY user
}[0] AS user
RETURN coalesce(said.target, said.custom_pushed_destination, said.pushed_destination, push.uri) AS where,
  'a' + model.id + ' ' + last(split(model.type, '.')) AS model,
  replace(left(toString(at), 19), 'T', ' ') AS since,
  coalesce(step.actor, user) AS by, 'a' + push.id + ' ' + last(split(push.type, '.')) AS push,
  'e' + step.id + ' ' + last(split(step.type, '.')) AS step, step.reason AS reason
ORDER BY since DESC;
