// Who made an artifact, who only passed it on, and who triggered the runs in which that happened.
//
// Ask of any artifact, e.g. a model: `:param artifact_id => 45`. One row an execution that it came
// out of, its maker first. User, host and CI job are known of runs that graphstore recorded; TFX
// records neither, and names the run and its pipeline.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: step, did, at, triggered_by, host, ci, command_line, run, pipeline
// written: from scripts/queries/questions/who_triggered_it.cypher
MATCH (artifact:Artifact {id: $artifact_id})
WHERE true
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
MATCH (artifact)<-[made:OUTPUT
  |RETRACTED_OUTPUT // as of $known_at // optional
]-(execution:Execution)
WHERE true
  AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  AND coalesce(made._recorded, $known_at) <= $known_at // optional
  AND coalesce(made._until > $known_at, true) // optional
WITH DISTINCT execution
WITH execution, []
  + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(execution)] AS past
WITH execution, {
  state: [r IN past WHERE r.state IS NOT NULL | nullIf(r.state, [false])][0],
  start_time: [r IN past WHERE r.start_time IS NOT NULL | nullIf(r.start_time, [false])][0],
  actor: [r IN past WHERE r.actor IS NOT NULL | nullIf(r.actor, [false])][0],
  host: [r IN past WHERE r.host IS NOT NULL | nullIf(r.host, [false])][0],
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS step
OPTIONAL MATCH (execution)-[of:ASSOCIATED_WITH]->(run:Context)
WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']
  AND coalesce(run._recorded, run.create_time) <= $known_at // optional
  AND coalesce(of._recorded, $known_at) <= $known_at // optional
WITH execution, step, run, []
  + COLLECT { MATCH (run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(run)] AS past
WITH execution, step, {
  name: [r IN past WHERE r.name IS NOT NULL | nullIf(r.name, [false])][0],
  user: [r IN past WHERE r.user IS NOT NULL | nullIf(r.user, [false])][0],
  host: [r IN past WHERE r.host IS NOT NULL | nullIf(r.host, [false])][0],
  ci_url: [r IN past WHERE r.ci_url IS NOT NULL | nullIf(r.ci_url, [false])][0],
  ci_job: [r IN past WHERE r.ci_job IS NOT NULL | nullIf(r.ci_job, [false])][0],
  ci: [r IN past WHERE r.ci IS NOT NULL | nullIf(r.ci, [false])][0],
  command_line: [r IN past WHERE r.command_line IS NOT NULL | nullIf(r.command_line, [false])][0],
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS said
RETURN 'e' + step.id + ' ' + last(split(step.type, '.')) AS step,
  CASE step.state WHEN 'CACHED' THEN 'passed it on' ELSE 'made it' END AS did,
  replace(left(toString(coalesce(step.start_time, step.create_time)), 19), 'T', ' ') AS at,
  coalesce(said.user, step.actor) AS triggered_by, coalesce(step.host, said.host) AS host,
  coalesce(said.ci_url, said.ci_job, said.ci) AS ci, said.command_line[0] AS command_line,
  'c' + said.id + ' ' + said.name AS run, COLLECT {
    MATCH (execution)-[of:ASSOCIATED_WITH]->(context:Context)
      ((child)-[part:CHILD_OF]->(parent)
        WHERE true
          AND coalesce(parent._recorded, parent.create_time) <= $known_at // optional
          AND coalesce(part._recorded, $known_at) <= $known_at // optional
      ){0,1} (pipeline:Context)
    WHERE pipeline.type IN ['Pipeline', 'pipeline', 'system.Pipeline', 'mlflow.Experiment', 'openlineage.Job']
      AND coalesce(context._recorded, context.create_time) <= $known_at // optional
      AND coalesce(of._recorded, $known_at) <= $known_at // optional
    RETURN DISTINCT 'c' + pipeline.id + ' ' + coalesce(
      COLLECT { MATCH (pipeline)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.name IS NOT NULL // optional
        RETURN r.name ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
      pipeline.name)
  }[0] AS pipeline
ORDER BY did, at;
