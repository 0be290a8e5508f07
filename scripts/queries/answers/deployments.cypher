// Which models were deployed where, by whom, and until when each deployment served.
//
// A deployment ends when it is retired, by somebody or by the one that replaces it; of several
// Retires the earliest in its own time counts, since what is recorded later may have happened before.
// It is live if it has begun, did not end by now and was not deleted; planned if it is yet to begin.
// Deployments are in the order of their own times, the newest first, of one moment in the order in
// which they were recorded; those without a time come first. The answer begins behind a time and ids.
//
// access:  read
// as_of:   yes
// returns: deployment (node), model (node), execution (node), live, ended, replaced_by, retired_by, planned, at
MATCH (deployment:Artifact {type: 'Deployment'})
WHERE deployment.id IS NOT NULL
  AND deployment.target = $target // optional
  AND deployment.id IN $artifact_ids // optional
  <<revisions.known('deployment')>>
MATCH (execution:Execution {type: 'Deploy'})-[made:<<revisions.events_then('OUTPUT')>>->(deployment)
<<revisions.where_stood('made', 'execution')>>
MATCH (model:Artifact)-[read:<<revisions.events_then('INPUT')>>->(execution)
WHERE read.path[0] = 'model'
  AND model.id = $model_id // optional
  <<revisions.event_known('read')>>
WITH deployment, model, execution, coalesce(execution.end_time, execution.create_time) AS time, COLLECT {
  MATCH (deployment)-[ending:<<revisions.events_then('INPUT')>>->(retire:Execution {type: 'Retire'})
  <<revisions.where_stood('ending', 'retire')>>
  WITH properties(retire) AS said
  RETURN said {.id, .replaced_by, time: coalesce(said.end_time, said.create_time)} AS retired
  ORDER BY retired.time, retired.id
  LIMIT 1
}[0] AS retired
WITH deployment, model, execution, time, retired, <<revisions.moment()>> AS moment
WITH *, coalesce(time > moment, false) AS planned
WITH *, <<revisions.then('deployment', '.state', "'LIVE'")>> IN ['LIVE', 'UNKNOWN'] AND NOT planned
    AND coalesce(deployment._deleted > moment, true)
    AND (retired IS NULL OR coalesce(retired.time > moment, false)) AS live,
  coalesce(time, datetime('9999-12-31T00:00:00Z')) AS at
WHERE true
  AND live = $live // optional
  AND (at < datetime($after_text) OR at = datetime($after_text) AND [execution.id, deployment.id, model.id] < $after_ids) // optional
ORDER BY at DESC, execution.id DESC, deployment.id DESC, model.id DESC
LIMIT $limit
RETURN <<revisions.node('deployment')>> AS deployment,
  <<revisions.node('model')>> AS model,
  <<revisions.node('execution')>> AS execution,
  live, retired.time AS ended, retired.replaced_by AS replaced_by, retired.id AS retired_by, planned,
  toString(at) AS at
ORDER BY datetime(at) DESC, execution.id DESC, deployment.id DESC, model.id DESC;
