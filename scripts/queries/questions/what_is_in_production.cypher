// What is in production: the models that were pushed or deployed, and that nothing has replaced.
//
// It asks of the whole store. A push of TFX's is live until a later one goes to the same folder; a
// deployment until it is retired or replaced; both are in the order of their own times. A deployment
// that is yet to come serves nothing now: `graphstore production` lists it below.
// `graphstore production --on 2026-01-31` says what was there then.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: where, model, since, by, push, step, reason
MATCH (push:Artifact)
WHERE push.type IN ['Deployment', 'PushedModel', 'ModelPushPath'] AND push.id IS NOT NULL
  <<revisions.known('push')>>
MATCH (push)<-[made:<<revisions.events_then('OUTPUT')>>-(execution:Execution)
WHERE true
  <<revisions.stood('made', 'execution')>>
MATCH (execution)<-[read:<<revisions.events_then('INPUT')>>-(model:Artifact)
WHERE read.path[0] IN ['model', 'model_export']
  <<revisions.stood('read', 'model')>>
WITH push, model, execution, <<revisions.states_of('push', 'of_push')>>,
  <<revisions.states_of('execution', 'of_step')>>
WITH push, model, execution, <<revisions.as_map('push', history.of_push, 'of_push')>> AS said,
  <<revisions.as_map('execution', 'state start_time end_time actor reason', 'of_step')>> AS step, <<revisions.moment()>> AS moment
WITH push, model, execution, said, step, moment, coalesce(said.custom_pushed_destination, said.pushed_destination) AS place,
  coalesce(step.end_time, step.start_time, push.create_time) AS since
WHERE coalesce(step.state, '') <> 'CACHED' AND (push._deleted IS NULL OR push.type = 'Deployment' AND push._deleted > moment)
  AND <<history.put_there('said')>> AND NOT EXISTS {
    MATCH (push)-[ended:<<revisions.events_then('INPUT')>>->(retire:Execution {type: 'Retire'})
    WHERE NOT coalesce(coalesce(retire.end_time, retire.create_time) > moment, false)
      <<revisions.stood('ended', 'retire')>>
  } AND NOT (push.type = 'Deployment' AND coalesce(since > moment, false))
WITH push, model, execution, said, step, since, place, CASE push.type WHEN 'Deployment' THEN 'a' + push.id
  ELSE coalesce(left(place, size(place) - size(last(split(place, '/')))), 'a' + push.id) END AS folder
ORDER BY since DESC, push.id DESC
WITH folder, collect({push: push, model: model, execution: execution, said: said, step: step, since: since})[0] AS newest
WITH newest.push AS push, newest.model AS model, newest.execution AS execution, newest.said AS said, newest.step AS step, newest.since AS at
WHERE coalesce(said.state, 'LIVE') IN ['LIVE', 'UNKNOWN']
WITH push, said, model, step, at, <<history.user_of(past=true)>> AS user
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
