// What is in production: the models that were pushed or deployed, and that nothing has replaced.
//
// It asks of the whole store. A push of TFX's is live until a later one goes to the same folder; a
// deployment until it is retired or replaced.
//
// access:  read
// returns: where, model, since, by, push, step, reason
MATCH (push:Artifact)
WHERE push.type IN ['Deployment', 'PushedModel'] AND push.id IS NOT NULL
  AND coalesce(push.state, 'LIVE') IN ['LIVE', 'UNKNOWN']
WITH push, properties(push) AS said
WITH push, said, said.custom_pushed_destination AS place
WHERE coalesce(said.custom_pushed, 1) <> 0 AND NOT EXISTS { (push)-[:INPUT]->(:Execution {type: 'Retire'}) }
WITH coalesce(left(place, size(place) - size(last(split(place, '/')))), 'a' + push.id) AS folder, push, said
ORDER BY push.create_time DESC, push.id DESC
WITH folder, collect({push: push, said: said})[0] AS newest
WITH newest.push AS push, newest.said AS said
MATCH (model:Artifact)-[read:INPUT]->(execution:Execution)-[:OUTPUT]->(push)
WHERE read.path[0] IN ['model', 'model_export'] AND coalesce(execution.state, '') <> 'CACHED'
WITH push, said, model, properties(execution) AS step, COLLECT {
  MATCH (execution)-[:ASSOCIATED_WITH]->(run:Context)
  RETURN properties(run).user AS user ORDER BY user
}[0] AS user
RETURN coalesce(said.target, said.custom_pushed_destination, push.uri) AS where,
  'a' + model.id + ' ' + last(split(model.type, '.')) AS model,
  replace(left(toString(coalesce(step.end_time, push.create_time)), 19), 'T', ' ') AS since,
  coalesce(step.actor, user) AS by, 'a' + push.id + ' ' + last(split(push.type, '.')) AS push,
  'e' + step.id + ' ' + last(split(step.type, '.')) AS step, step.reason AS reason
ORDER BY since DESC;
