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
// written: from scripts/queries/answers/deployments.cypher
MATCH (deployment:Artifact {type: 'Deployment'})
WHERE deployment.id IS NOT NULL
  AND deployment.target = $target // optional
  AND deployment.id IN $artifact_ids // optional
  AND coalesce(deployment._recorded, deployment.create_time) <= $known_at // optional
MATCH (execution:Execution {type: 'Deploy'})-[made:OUTPUT
  |RETRACTED_OUTPUT // as of $known_at // optional
]->(deployment)
WHERE true
  AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  AND coalesce(made._recorded, $known_at) <= $known_at // optional
  AND coalesce(made._until > $known_at, true) // optional
MATCH (model:Artifact)-[read:INPUT
  |RETRACTED_INPUT // as of $known_at // optional
]->(execution)
WHERE read.path[0] = 'model'
  AND model.id = $model_id // optional
  AND coalesce(read._recorded, $known_at) <= $known_at // optional
  AND coalesce(read._until > $known_at, true) // optional
WITH deployment, model, execution, coalesce(execution.end_time, execution.create_time) AS time, COLLECT {
  MATCH (deployment)-[ending:INPUT
    |RETRACTED_INPUT // as of $known_at // optional
  ]->(retire:Execution {type: 'Retire'})
  WHERE true
    AND coalesce(retire._recorded, retire.create_time) <= $known_at // optional
    AND coalesce(ending._recorded, $known_at) <= $known_at // optional
    AND coalesce(ending._until > $known_at, true) // optional
  WITH properties(retire) AS said
  RETURN said {.id, .replaced_by, time: coalesce(said.end_time, said.create_time)} AS retired
  ORDER BY retired.time, retired.id
  LIMIT 1
}[0] AS retired
WITH deployment, model, execution, time, retired, coalesce(
  CASE WHEN $known_at < datetime() THEN $known_at END, // optional
  datetime()) AS moment
WITH *, coalesce(time > moment, false) AS planned
WITH *, coalesce(
  COLLECT { MATCH (deployment)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], // optional
  deployment.state, 'LIVE') IN ['LIVE', 'UNKNOWN'] AND NOT planned
    AND coalesce(deployment._deleted > moment, true)
    AND (retired IS NULL OR coalesce(retired.time > moment, false)) AS live,
  coalesce(time, datetime('9999-12-31T00:00:00Z')) AS at
WHERE true
  AND live = $live // optional
  AND (at < datetime($after_text) OR at = datetime($after_text) AND [execution.id, deployment.id, model.id] < $after_ids) // optional
ORDER BY at DESC, execution.id DESC, deployment.id DESC, model.id DESC
LIMIT $limit
RETURN deployment {
  _past: [(deployment)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS deployment,
  model {
    _past: [(model)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS model,
  execution {
    _past: [(execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS execution,
  live, retired.time AS ended, retired.replaced_by AS replaced_by, retired.id AS retired_by, planned,
  toString(at) AS at
ORDER BY datetime(at) DESC, execution.id DESC, deployment.id DESC, model.id DESC;
