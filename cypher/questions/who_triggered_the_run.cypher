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
  name: [r IN past WHERE r.name IS NOT NULL | nullIf(r.name, [false])][0],
  user: [r IN past WHERE r.user IS NOT NULL | nullIf(r.user, [false])][0],
  host: [r IN past WHERE r.host IS NOT NULL | nullIf(r.host, [false])][0],
  folder: [r IN past WHERE r.folder IS NOT NULL | nullIf(r.folder, [false])][0],
  command_line: [r IN past WHERE r.command_line IS NOT NULL | nullIf(r.command_line, [false])][0],
  ci: [r IN past WHERE r.ci IS NOT NULL | nullIf(r.ci, [false])][0],
  ci_actor: [r IN past WHERE r.ci_actor IS NOT NULL | nullIf(r.ci_actor, [false])][0],
  ci_url: [r IN past WHERE r.ci_url IS NOT NULL | nullIf(r.ci_url, [false])][0],
  ci_job: [r IN past WHERE r.ci_job IS NOT NULL | nullIf(r.ci_job, [false])][0],
  git_commit: [r IN past WHERE r.git_commit IS NOT NULL | nullIf(r.git_commit, [false])][0],
  git_branch: [r IN past WHERE r.git_branch IS NOT NULL | nullIf(r.git_branch, [false])][0],
  git_dirty: [r IN past WHERE r.git_dirty IS NOT NULL | nullIf(r.git_dirty, [false])][0],
  start_time: [r IN past WHERE r.start_time IS NOT NULL | nullIf(r.start_time, [false])][0],
  end_time: [r IN past WHERE r.end_time IS NOT NULL | nullIf(r.end_time, [false])][0],
  status: [r IN past WHERE r.status IS NOT NULL | nullIf(r.status, [false])][0],
  error_type: [r IN past WHERE r.error_type IS NOT NULL | nullIf(r.error_type, [false])][0],
  error_message: [r IN past WHERE r.error_message IS NOT NULL | nullIf(r.error_message, [false])][0],
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
      state: [r IN was WHERE r.state IS NOT NULL | nullIf(r.state, [false])][0],
      start_time: [r IN was WHERE r.start_time IS NOT NULL | nullIf(r.start_time, [false])][0],
      end_time: [r IN was WHERE r.end_time IS NOT NULL | nullIf(r.end_time, [false])][0],
      last_update_time: [r IN was WHERE r.last_update_time IS NOT NULL | nullIf(r.last_update_time, [false])][0],
      error_type: [r IN was WHERE r.error_type IS NOT NULL | nullIf(r.error_type, [false])][0],
      error_message: [r IN was WHERE r.error_message IS NOT NULL | nullIf(r.error_message, [false])][0],
      parameter_names: [r IN was WHERE r.parameter_names IS NOT NULL | nullIf(r.parameter_names, [false])][0],
      custom_error: [r IN was WHERE r.custom_error IS NOT NULL | nullIf(r.custom_error, [false])][0],
      custom___execution_result__: [r IN was WHERE r.custom___execution_result__ IS NOT NULL | nullIf(r.custom___execution_result__, [false])][0],
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
