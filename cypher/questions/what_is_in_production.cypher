// What is in production: the models that were pushed or deployed, and that nothing has replaced.
//
// It asks of the whole store. A push of TFX's is live until a later one goes to the same folder; a
// deployment until it is retired or replaced; both are in the order of their own times. A deployment
// that is yet to come serves nothing now: `graphstore production` lists it below.
// `graphstore production --on 2026-01-31` says what was there then.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: where, model, since, by, push, step, reason
// written: from scripts/queries/questions/what_is_in_production.cypher
MATCH (push:Artifact)
WHERE push.type IN ['Deployment', 'PushedModel', 'ModelPushPath'] AND push.id IS NOT NULL
  AND coalesce(push._recorded, push.create_time) <= $known_at // optional
MATCH (push)<-[made:OUTPUT
  |RETRACTED_OUTPUT // as of $known_at // optional
]-(execution:Execution)
WHERE true
  AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  AND coalesce(made._recorded, $known_at) <= $known_at // optional
  AND coalesce(made._until > $known_at, true) // optional
MATCH (execution)<-[read:INPUT
  |RETRACTED_INPUT // as of $known_at // optional
]-(model:Artifact)
WHERE read.path[0] IN ['model', 'model_export']
  AND coalesce(model._recorded, model.create_time) <= $known_at // optional
  AND coalesce(read._recorded, $known_at) <= $known_at // optional
  AND coalesce(read._until > $known_at, true) // optional
WITH push, model, execution, []
  + COLLECT { MATCH (push)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(push)] AS of_push,
  []
    + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(execution)] AS of_step
WITH push, model, execution, {
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
WITH push, model, execution, said, step, moment, coalesce(said.custom_pushed_destination, said.pushed_destination) AS place,
  coalesce(step.end_time, step.start_time, push.create_time) AS since
WHERE coalesce(step.state, '') <> 'CACHED' AND (push._deleted IS NULL OR push.type = 'Deployment' AND push._deleted > moment)
  AND coalesce(said.custom_pushed, said.pushed, 1) <> 0 AND coalesce(said.state, '') <> 'ABANDONED' AND NOT EXISTS {
    MATCH (push)-[ended:INPUT
      |RETRACTED_INPUT // as of $known_at // optional
    ]->(retire:Execution {type: 'Retire'})
    WHERE NOT coalesce(coalesce(retire.end_time, retire.create_time) > moment, false)
      AND coalesce(retire._recorded, retire.create_time) <= $known_at // optional
      AND coalesce(ended._recorded, $known_at) <= $known_at // optional
      AND coalesce(ended._until > $known_at, true) // optional
  } AND NOT (push.type = 'Deployment' AND coalesce(since > moment, false))
WITH push, model, execution, said, step, since, place, CASE push.type WHEN 'Deployment' THEN 'a' + push.id
  ELSE coalesce(left(place, size(place) - size(last(split(place, '/')))), 'a' + push.id) END AS folder
ORDER BY since DESC, push.id DESC
WITH folder, collect({push: push, model: model, execution: execution, said: said, step: step, since: since})[0] AS newest
WITH newest.push AS push, newest.model AS model, newest.execution AS execution, newest.said AS said, newest.step AS step, newest.since AS at
WHERE coalesce(said.state, 'LIVE') IN ['LIVE', 'UNKNOWN']
WITH push, said, model, step, at, COLLECT {
  MATCH (execution)-[edge:ASSOCIATED_WITH]->(run:Context)
  WHERE true
    AND coalesce(run._recorded, run.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  WITH run, []
    + COLLECT { MATCH (run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    AS of_run
  RETURN nullIf(coalesce(
    head([r IN of_run WHERE r.user IS NOT NULL | r.user]),
    properties(run).user), [false]) AS user ORDER BY user
}[0] AS user
RETURN coalesce(said.target, said.custom_pushed_destination, said.pushed_destination, said.uri) AS where,
  'a' + model.id + ' ' + last(split(model.type, '.')) AS model,
  replace(left(toString(at), 19), 'T', ' ') AS since,
  coalesce(step.actor, user) AS by, 'a' + push.id + ' ' + last(split(push.type, '.')) AS push,
  'e' + step.id + ' ' + last(split(step.type, '.')) AS step, step.reason AS reason
ORDER BY since DESC
UNION ALL // as of $known_at // optional
MATCH (push:Artifact) WHERE push.type IN ['PushedModel', 'ModelPushPath'] AND push._deleted > $known_at AND coalesce(push._recorded, push.create_time) <= $known_at // optional
OPTIONAL MATCH (push)<-[:OUTPUT]-(execution:Execution)<-[read:INPUT]-(model:Artifact) WHERE read.path[0] IN ['model', 'model_export'] // as of $known_at // optional
WITH push, execution, model ORDER BY push.id DESC // as of $known_at // optional
RETURN 'was deleted since: whether it put anything there nobody knows' AS where, 'a' + model.id + ' ' + last(split(model.type, '.')) AS model, // as of $known_at // optional
  null AS since, null AS by, 'a' + push.id + ' ' + last(split(push.type, '.')) AS push, 'e' + execution.id + ' ' + last(split(execution.type, '.')) AS step, null AS reason // as of $known_at // optional
;
