// Who made an artifact, who only passed it on, and who triggered the runs in which that happened.
//
// Ask of any artifact, e.g. a model: `:param artifact_id => 45`. One row an execution that it came
// out of, its maker first. User, host and CI job are known of runs that graphstore recorded; TFX
// records neither, and names the run and its pipeline.
//
// access:  read
// returns: step, did, at, triggered_by, host, ci, command_line, run, pipeline
MATCH (:Artifact {id: $artifact_id})<-[:OUTPUT]-(execution:Execution)
WITH DISTINCT execution, properties(execution) AS step
OPTIONAL MATCH (execution)-[:ASSOCIATED_WITH]->(run:Context)
WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']
WITH execution, step, run, properties(run) AS said
RETURN 'e' + step.id + ' ' + last(split(step.type, '.')) AS step,
  CASE step.state WHEN 'CACHED' THEN 'passed it on' ELSE 'made it' END AS did,
  replace(left(toString(coalesce(step.start_time, step.create_time)), 19), 'T', ' ') AS at,
  coalesce(said.user, step.actor) AS triggered_by, coalesce(step.host, said.host) AS host,
  coalesce(said.ci_url, said.ci_job, said.ci) AS ci, said.command_line[0] AS command_line,
  'c' + said.id + ' ' + said.name AS run, COLLECT {
    MATCH (execution)-[:ASSOCIATED_WITH]->(:Context)-[:CHILD_OF]->{0,1}(pipeline:Context)
    WHERE pipeline.type IN ['Pipeline', 'pipeline', 'system.Pipeline', 'mlflow.Experiment', 'openlineage.Job']
    RETURN DISTINCT 'c' + pipeline.id + ' ' + pipeline.name
  }[0] AS pipeline
ORDER BY did, at;
