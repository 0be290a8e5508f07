// Whether an execution could be run again and would do the same: green, amber or red, with reasons.
//
// Ask of an execution: `:param execution_id => 44`. This is what the database can say, the worst
// first; `graphstore can-rerun` looks at the files and at the environment here too. One that was
// CACHED did nothing: the execution that it stands for is judged.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: verdict, part, reason
MATCH (asked:Execution {id: $execution_id})
WHERE true
  <<revisions.known('asked')>>
WITH asked, coalesce(COLLECT {
  WITH asked
  WHERE <<revisions.then('asked', '.state', "''", long=true)>> = 'CACHED'
  MATCH (asked)-[passed_on:<<revisions.events_then('OUTPUT')>>->(output:Artifact)
  WHERE true
    <<revisions.stood('passed_on', 'output')>>
  MATCH (output)<-[made:<<revisions.events_then('OUTPUT')>>-(maker:Execution)
  WHERE <<revisions.then('maker', '.state', "''", long=true)>> <> 'CACHED'
    <<revisions.stood('made', 'maker')>>
  RETURN maker
  ORDER BY maker.id DESC
  LIMIT 1
}[0], asked) AS execution
WITH asked, execution, <<revisions.states_of('execution')>>, COLLECT {
  MATCH (execution)<-[event:<<revisions.events_then('INPUT|DECLARED_INPUT')>>-(input:Artifact)
  WHERE true
    <<revisions.stood('event', 'input')>>
  WITH DISTINCT input, coalesce(event.path[0], 'unnamed') AS role
  WITH role, input, <<revisions.states_of('input', 'of_input')>>
  RETURN {role: role, input: <<revisions.as_map('input', 'state digest uri _deleted', 'of_input')>>} ORDER BY role
} AS inputs, <<history.run_of(then='git_commit git_dirty')>> AS run, COLLECT {
  MATCH (execution)<-[read:<<revisions.events_then('INPUT|DECLARED_INPUT|INTERNAL_INPUT')>>-(environment:Artifact {type: 'Environment'})
  WHERE true
    <<revisions.stood('read', 'environment')>>
  RETURN environment.id
}[0] AS environment
WITH asked, execution, inputs, run, environment,
  <<revisions.as_map('execution', 'state _deleted code_version custom_module_path custom_module_file module_file')>> AS said,
  [key IN <<revisions.keys_of('past')>>
    | <<revisions.at('past', 'key')>>] AS contents
WITH *, any(one IN contents WHERE
  coalesce(toStringOrNull(one), toStringOrNull(one[0]), '') CONTAINS '[redacted]') AS hidden
WITH said, [
  ['execution', CASE said.state WHEN 'COMPLETE' THEN 'green' ELSE 'amber' END,
    'e' + execution.id + ' ' + last(split(execution.type, '.'))
      + ' is ' + coalesce(said.state, CASE WHEN said._deleted IS NULL THEN 'of an unknown state' ELSE 'deleted' END)
      + CASE WHEN execution <> asked THEN ', and e' + asked.id + ' (CACHED) stands for it' ELSE '' END],
  ['commit', CASE WHEN run.git_commit IS NULL OR coalesce(run.git_dirty, true) THEN 'amber' ELSE 'green' END,
    coalesce(run.git_commit + CASE run.git_dirty WHEN true THEN ', with changes that were not committed'
      WHEN false THEN ', without changes' ELSE ', whether with changes is not known' END,
      'not known: its run recorded none')],
  ['code', CASE WHEN said.code_version IS NULL THEN 'amber' ELSE 'green' END,
    coalesce('version ' + said.code_version, 'known by its name only: '
      + coalesce(said.custom_module_path, said.custom_module_file, said.module_file), 'no version was recorded')],
  ['environment', CASE WHEN environment IS NULL THEN 'amber' ELSE 'green' END,
    coalesce('captured as a' + environment, 'was not captured')],
  ['parameters', CASE WHEN hidden THEN 'amber' ELSE 'green' END, CASE WHEN hidden
    THEN 'a secret that was not stored must be given again' ELSE 'complete' END]
] + CASE inputs WHEN [] THEN [['inputs', 'green', 'none were recorded']] ELSE [one IN inputs |
  ['input ' + one.role + ' a' + one.input.id,
    CASE WHEN one.input._deleted IS NOT NULL THEN 'red'
      WHEN NOT coalesce(one.input.state, 'UNKNOWN') IN ['LIVE', 'UNKNOWN', 'REFERENCE'] THEN 'red'
      WHEN one.input.digest IS NULL THEN 'amber' ELSE 'green' END,
    CASE WHEN one.input._deleted IS NOT NULL THEN 'it was deleted'
      WHEN NOT coalesce(one.input.state, 'UNKNOWN') IN ['LIVE', 'UNKNOWN', 'REFERENCE']
      THEN 'it is ' + one.input.state
      WHEN one.input.digest IS NULL THEN 'no digest was recorded, so whether it is unchanged is not known'
      ELSE 'recorded with its digest: `graphstore verify` checks it' END
      + ' (' + coalesce(one.input.uri, 'it has no uri') + ')']] END AS findings
UNWIND findings AS finding
RETURN finding[1] AS verdict, finding[0] AS part, finding[2] AS reason
ORDER BY CASE verdict WHEN 'red' THEN 0 WHEN 'amber' THEN 1 ELSE 2 END, part;
