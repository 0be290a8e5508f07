// Who triggered a run, from where, at which commit, and how it ended.
//
// Ask of a run: `:param context_id => 2`; browse.runs lists them. One row a fact; what was not
// recorded (TFX records no user) is said to be unknown.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: fact, value
MATCH (run:Context {id: $context_id})
WHERE true
  <<revisions.known('run')>>
WITH run, <<revisions.states_of('run')>>
WITH run, <<revisions.as_map('run', 'name user host folder command_line ci ci_actor ci_url ci_job git_commit git_branch git_dirty start_time end_time status error_type error_message')>> AS said,
  <<history.steps_of('run', then='state start_time end_time last_update_time error_type error_message parameter_names custom_error custom___execution_result__')>> AS steps
UNWIND [
  ['run', 'c' + said.id + ' ' + said.name],
  ['pipeline', COLLECT {
    MATCH (run)<-[of_run:ASSOCIATED_WITH]-(step:Execution)-[of:ASSOCIATED_WITH]->(pipeline:Context)
    WHERE pipeline.type IN ['Pipeline', 'pipeline', 'system.Pipeline', 'mlflow.Experiment', 'openlineage.Job']
      <<revisions.known('step')>>
      <<revisions.known('pipeline')>>
      <<revisions.edge_known('of_run')>>
      <<revisions.edge_known('of')>>
    RETURN DISTINCT 'c' + pipeline.id + ' ' + <<revisions.then('pipeline', '.name', long=true)>>
    UNION
    MATCH (run)-[of:CHILD_OF]->(pipeline:Context)
    <<revisions.where_known('of', 'pipeline')>>
    RETURN 'c' + pipeline.id + ' ' + <<revisions.then('pipeline', '.name', long=true)>>
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
    <<history.error('step')>>, 'no error was recorded')][0])]
] AS fact
WITH fact[0] AS fact, fact[1] AS value
WHERE value IS NOT NULL OR fact IN ['triggered by', 'git commit', 'pipeline']
RETURN fact, coalesce(value, 'unknown: not recorded') AS value;
