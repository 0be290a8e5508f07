// Which models were deployed where, by whom, and until when each deployment served.
//
// A deployment ends when it is retired, by somebody or by the one that replaces it; of several
// Retires the earliest in its own time counts, since what is recorded later may have happened before.
// It is live if it has begun, did not end by now and was not deleted; planned if it is yet to begin.
// Deployments are in the order of their own times, the newest first, of one moment in the order in
// which they were recorded.
//
// access:  read
// returns: deployment (node), model (node), execution (node), live, ended, replaced_by, retired_by, planned
MATCH (deployment:Artifact {type: 'Deployment'})
WHERE true
  AND deployment.target = $target // optional
  AND deployment.id IN $artifact_ids // optional
MATCH (execution:Execution {type: 'Deploy'})-[:OUTPUT]->(deployment)
MATCH (model:Artifact)-[read:INPUT]->(execution)
WHERE read.path[0] = 'model'
  AND model.id = $model_id // optional
WITH deployment, model, execution, coalesce(execution.end_time, execution.create_time) AS time, COLLECT {
  MATCH (deployment)-[:INPUT]->(retire:Execution {type: 'Retire'})
  WITH properties(retire) AS said
  RETURN said {.id, .replaced_by, time: coalesce(said.end_time, said.create_time)} AS retired
  ORDER BY retired.time, retired.id
  LIMIT 1
}[0] AS retired
WITH deployment, model, execution, time, retired, coalesce(time > datetime(), false) AS planned
RETURN deployment, model, execution, coalesce(deployment.state, 'LIVE') IN ['LIVE', 'UNKNOWN'] AND NOT planned
    AND deployment._deleted IS NULL
    AND (retired IS NULL OR coalesce(retired.time > datetime(), false)) AS live,
  retired.time AS ended, retired.replaced_by AS replaced_by, retired.id AS retired_by, planned
ORDER BY time DESC, execution.id DESC;
