// Who made an artifact, who only passed it on, and who triggered the runs in which that happened.
//
// Ask of any artifact, e.g. a model: `:param artifact_id => 45`. One row an execution that it came
// out of, its maker first. User, host and CI job are known of runs that graphstore recorded; TFX
// records neither, and names the run and its pipeline.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: step, did, at, triggered_by, host, ci, command_line, run, pipeline
<<revisions.makers()>>
WITH DISTINCT execution
WITH execution, <<revisions.states_of('execution')>>
WITH execution, <<revisions.as_map('execution', 'state start_time actor host')>> AS step
OPTIONAL MATCH (execution)-[of:ASSOCIATED_WITH]->(run:Context)
WHERE run.type IN <<history.run_types>>
  <<revisions.known('run')>>
  <<revisions.edge_known('of')>>
WITH execution, step, run, <<revisions.states_of('run')>>
WITH execution, step, <<revisions.as_map('run', 'name user host ci_url ci_job ci command_line')>> AS said
RETURN 'e' + step.id + ' ' + last(split(step.type, '.')) AS step,
  CASE step.state WHEN 'CACHED' THEN 'passed it on' ELSE 'made it' END AS did,
  replace(left(toString(coalesce(step.start_time, step.create_time)), 19), 'T', ' ') AS at,
  coalesce(said.user, step.actor) AS triggered_by, coalesce(step.host, said.host) AS host,
  coalesce(said.ci_url, said.ci_job, said.ci) AS ci, said.command_line[0] AS command_line,
  'c' + said.id + ' ' + said.name AS run, COLLECT {
    MATCH (execution)-[of:ASSOCIATED_WITH]->(context:Context)
      ((child)-[part:CHILD_OF]->(parent)
        WHERE true
          <<revisions.known('parent')>>
          <<revisions.edge_known('part')>>
      ){0,1} (pipeline:Context)
    WHERE pipeline.type IN ['Pipeline', 'pipeline', 'system.Pipeline', 'mlflow.Experiment', 'openlineage.Job']
      <<revisions.known('context')>>
      <<revisions.edge_known('of')>>
    RETURN DISTINCT 'c' + pipeline.id + ' ' + <<revisions.then('pipeline', '.name', long=true)>>
  }[0] AS pipeline
ORDER BY did, at;
