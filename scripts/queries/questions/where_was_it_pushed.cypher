// When a model was pushed or deployed, to where, by whom, and whether it still is live there.
//
// Ask of a model: `:param artifact_id => 45`. A push of TFX's is live until a later one goes to the
// same folder; a deployment from its own time until it is retired or replaced. Pushes are in the order
// of their own times: when the execution ended, or else when the store learnt of the artifact.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: push, where, at, by, live, reason, step, run
MATCH (:Artifact {id: $artifact_id})-[read:<<revisions.events_then('INPUT')>>->(execution:Execution)
WHERE true
  <<revisions.known('startNode(read)')>>
  <<revisions.stood('read', 'execution')>>
MATCH (execution)-[made:<<revisions.events_then('OUTPUT')>>->(push:Artifact)
WHERE last(split(push.type, '.')) IN ['PushedModel', 'ModelPushPath', 'Deployment', 'Endpoint']
  <<revisions.stood('made', 'push')>>
WITH DISTINCT execution, push
WITH execution, push, <<revisions.states_of('push', 'of_push')>>,
  <<revisions.states_of('execution', 'of_step')>>
WITH push, execution, <<revisions.as_map('push', history.of_push, 'of_push')>> AS said,
  <<revisions.as_map('execution', 'state start_time end_time actor reason', 'of_step')>> AS step, <<revisions.moment()>> AS moment
WHERE coalesce(step.state, '') <> 'CACHED'
WITH push, said, step, moment, <<history.run_of(then='name user')>> AS run
WITH push, said, step, moment, run, coalesce(said.custom_pushed_destination, said.pushed_destination) AS place,
  coalesce(step.end_time, step.start_time, push.create_time) AS time
WITH push, said, step, moment, run, place, time, COLLECT {
  MATCH (push)-[ended:<<revisions.events_then('INPUT')>>->(retire:Execution {type: 'Retire'})
  WHERE true
    <<revisions.stood('ended', 'retire')>>
  WITH moment, properties(retire) AS retired
  WHERE NOT coalesce(coalesce(retired.end_time, retired.create_time) > moment, false)
  ORDER BY coalesce(retired.end_time, retired.create_time), retired.id
  LIMIT 1
  RETURN 'no: retired by e' + retired.id + coalesce(', replaced by a' + retired.replaced_by, '') + ', '
    + replace(left(toString(coalesce(retired.end_time, retired.create_time)), 19), 'T', ' ') AS why
  UNION
  <<history.later('push', 'next', 'then', past=true)>>
  WHERE then > time OR then = time AND later.id > push.id
  ORDER BY then, later.id
  LIMIT 1
  RETURN 'no: a' + later.id + ' was pushed there later' AS why
}[0] AS ended
RETURN 'a' + push.id + ' ' + last(split(push.type, '.')) AS push,
  coalesce(said.target, place, said.uri) AS where,
  replace(left(toString(time), 19), 'T', ' ') AS at,
  coalesce(step.actor, run.user) AS by, CASE
    <<history.deleted('push')>>
    WHEN coalesce(said.custom_pushed, said.pushed) IN [0, false] THEN 'no: the step ran and pushed nothing'
    WHEN ended IS NOT NULL THEN ended
    WHEN push.type = 'Deployment' AND coalesce(time > moment, false) THEN 'no: planned'
    WHEN coalesce(said.state, 'LIVE') IN ['LIVE', 'UNKNOWN'] THEN 'yes'
    ELSE 'no: it is ' + said.state END AS live,
  step.reason AS reason, 'e' + step.id + ' ' + last(split(step.type, '.')) AS step,
  'c' + run.id + ' ' + run.name AS run
ORDER BY at DESC;
