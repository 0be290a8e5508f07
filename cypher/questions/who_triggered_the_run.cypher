// Who triggered a run, from where, at which commit, and how it ended.
//
// Ask of a run: `:param context_id => 2`; browse.runs lists them. One row a fact; what was not
// recorded (TFX records no user) is said to be unknown.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: fact, value
// written: from scripts/queries/questions/who_triggered_the_run.cypher
MATCH (run:Context {id: $context_id})
WHERE true
  AND coalesce(run._recorded, run.create_time) <= $known_at // optional
WITH run, []
  + COLLECT { MATCH (run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(run)] AS past
WITH run, {
  name: nullIf([r IN past WHERE r.name IS NOT NULL | r.name][0], [false]),
  user: nullIf([r IN past WHERE r.user IS NOT NULL | r.user][0], [false]),
  host: nullIf([r IN past WHERE r.host IS NOT NULL | r.host][0], [false]),
  folder: nullIf([r IN past WHERE r.folder IS NOT NULL | r.folder][0], [false]),
  command_line: nullIf([r IN past WHERE r.command_line IS NOT NULL | r.command_line][0], [false]),
  ci: nullIf([r IN past WHERE r.ci IS NOT NULL | r.ci][0], [false]),
  ci_actor: nullIf([r IN past WHERE r.ci_actor IS NOT NULL | r.ci_actor][0], [false]),
  ci_url: nullIf([r IN past WHERE r.ci_url IS NOT NULL | r.ci_url][0], [false]),
  ci_job: nullIf([r IN past WHERE r.ci_job IS NOT NULL | r.ci_job][0], [false]),
  git_commit: nullIf([r IN past WHERE r.git_commit IS NOT NULL | r.git_commit][0], [false]),
  git_branch: nullIf([r IN past WHERE r.git_branch IS NOT NULL | r.git_branch][0], [false]),
  git_dirty: nullIf([r IN past WHERE r.git_dirty IS NOT NULL | r.git_dirty][0], [false]),
  start_time: nullIf([r IN past WHERE r.start_time IS NOT NULL | r.start_time][0], [false]),
  end_time: nullIf([r IN past WHERE r.end_time IS NOT NULL | r.end_time][0], [false]),
  status: nullIf([r IN past WHERE r.status IS NOT NULL | r.status][0], [false]),
  error_type: nullIf([r IN past WHERE r.error_type IS NOT NULL | r.error_type][0], [false]),
  error_message: nullIf([r IN past WHERE r.error_message IS NOT NULL | r.error_message][0], [false]),
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS said,
  COLLECT {
    MATCH (run)<-[of:ASSOCIATED_WITH]-(execution:Execution)
    WHERE true
      AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
      AND coalesce(of._recorded, $known_at) <= $known_at // optional
    WITH execution, []
      + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
      + [properties(execution)] AS was
    RETURN {
      state: nullIf([r IN was WHERE r.state IS NOT NULL | r.state][0], [false]),
      start_time: nullIf([r IN was WHERE r.start_time IS NOT NULL | r.start_time][0], [false]),
      end_time: nullIf([r IN was WHERE r.end_time IS NOT NULL | r.end_time][0], [false]),
      last_update_time: nullIf([r IN was WHERE r.last_update_time IS NOT NULL | r.last_update_time][0], [false]),
      error_type: nullIf([r IN was WHERE r.error_type IS NOT NULL | r.error_type][0], [false]),
      error_message: nullIf([r IN was WHERE r.error_message IS NOT NULL | r.error_message][0], [false]),
      parameter_names: nullIf([r IN was WHERE r.parameter_names IS NOT NULL | r.parameter_names][0], [false]),
      custom_error: nullIf([r IN was WHERE r.custom_error IS NOT NULL | r.custom_error][0], [false]),
      custom___execution_result__: nullIf([r IN was WHERE r.custom___execution_result__ IS NOT NULL | r.custom___execution_result__][0], [false]),
      id: was[-1].id, type: was[-1].type, create_time: was[-1].create_time
    } AS step
    ORDER BY coalesce(step.start_time, CASE WHEN step.end_time < step.create_time THEN step.end_time ELSE step.create_time END), step.id
  } AS steps
UNWIND [
  ['run', 'c' + said.id + ' ' + said.name],
  ['pipeline', COLLECT {
    MATCH (run)<-[of_run:ASSOCIATED_WITH]-(step:Execution)-[of:ASSOCIATED_WITH]->(pipeline:Context)
    WHERE pipeline.type IN ['Pipeline', 'pipeline', 'system.Pipeline', 'mlflow.Experiment', 'openlineage.Job']
      AND coalesce(step._recorded, step.create_time) <= $known_at // optional
      AND coalesce(pipeline._recorded, pipeline.create_time) <= $known_at // optional
      AND coalesce(of_run._recorded, $known_at) <= $known_at // optional
      AND coalesce(of._recorded, $known_at) <= $known_at // optional
    RETURN DISTINCT 'c' + pipeline.id + ' ' + coalesce(
      COLLECT { MATCH (pipeline)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.name IS NOT NULL // optional
        RETURN r.name ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
      pipeline.name)
    UNION
    MATCH (run)-[of:CHILD_OF]->(pipeline:Context)
    WHERE true
      AND coalesce(pipeline._recorded, pipeline.create_time) <= $known_at // optional
      AND coalesce(of._recorded, $known_at) <= $known_at // optional
    RETURN 'c' + pipeline.id + ' ' + coalesce(
      COLLECT { MATCH (pipeline)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.name IS NOT NULL // optional
        RETURN r.name ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
      pipeline.name)
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
