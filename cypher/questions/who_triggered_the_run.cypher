// Who triggered a run, from where, at which commit, and how it ended.
//
// Ask of a run: `:param context_id => 2`; browse.runs lists them. One row a fact; what was not
// recorded (TFX records no user) is said to be unknown.
//
// access:  read
// returns: fact, value
// written: from scripts/queries/questions/who_triggered_the_run.cypher
MATCH (run:Context {id: $context_id})
WITH run, properties(run) AS said, COLLECT {
  MATCH (run)<-[:ASSOCIATED_WITH]-(execution:Execution)
  RETURN properties(execution) AS step
  ORDER BY coalesce(step.start_time, CASE WHEN step.end_time < step.create_time THEN step.end_time ELSE step.create_time END), step.id
} AS steps
UNWIND [
  ['run', 'c' + said.id + ' ' + said.name],
  ['pipeline', COLLECT {
    MATCH (run)<-[:ASSOCIATED_WITH]-(:Execution)-[:ASSOCIATED_WITH]->(pipeline:Context)
    WHERE pipeline.type IN ['Pipeline', 'pipeline', 'system.Pipeline', 'mlflow.Experiment', 'openlineage.Job']
    RETURN DISTINCT 'c' + pipeline.id + ' ' + pipeline.name
    UNION
    MATCH (run)-[:CHILD_OF]->(pipeline:Context)
    RETURN 'c' + pipeline.id + ' ' + pipeline.name
  }[0]],
  ['triggered by', said.user],
  ['on host', said.host],
  ['in folder', said.folder],
  ['command line', said.command_line[0]],
  ['CI', said.ci],
  ['CI actor', said.ci_actor],
  ['CI job', coalesce(said.ci_url, said.ci_job)],
  ['git commit', said.git_commit],
  ['git branch', said.git_branch],
  ['changes not committed', said.git_dirty],
  ['began (UTC)', replace(left(toString(coalesce(said.start_time, steps[0].start_time,
    steps[0].create_time, said.create_time)), 19), 'T', ' ')],
  ['ended (UTC)', replace(left(toString(coalesce(said.end_time, steps[-1].end_time,
    steps[-1].last_update_time)), 19), 'T', ' ')],
  ['outcome', coalesce(said.status, steps[-1].state)],
  ['steps', size(steps)],
  ['error', coalesce(said.error_type + coalesce(': ' + said.error_message, ''), said.error_message,
    [step IN steps WHERE step.state = 'FAILED' |
    'e' + step.id + ' ' + last(split(step.type, '.')) + ' failed: ' + coalesce(
    coalesce(step.error_type + coalesce(': ' + step.error_message, ''), step.error_message,
      CASE WHEN step.parameter_names IS NULL THEN step.custom_error END, step.custom___execution_result__), 'no error was recorded')][0])]
] AS fact
WITH fact[0] AS fact, fact[1] AS value
WHERE value IS NOT NULL OR fact IN ['triggered by', 'git commit', 'pipeline']
RETURN fact, coalesce(value, 'unknown: not recorded') AS value;
