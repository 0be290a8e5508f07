// Whether an execution could be run again and would do the same: green, amber or red, with reasons.
//
// Ask of an execution: `:param execution_id => 44`. This is what the database can say, the worst
// first; `graphstore can-rerun` looks at the files and at the environment here too. One that was
// CACHED did nothing: the execution that it stands for is judged.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: verdict, part, reason
// written: from scripts/queries/questions/can_it_be_rerun.cypher
MATCH (asked:Execution {id: $execution_id})
WHERE true
  AND coalesce(asked._recorded, asked.create_time) <= $known_at // optional
WITH asked, coalesce(COLLECT {
  WITH asked
  WHERE coalesce(
    COLLECT { MATCH (asked)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL // optional
      RETURN r.state ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
    asked.state, '') = 'CACHED'
  MATCH (asked)-[passed_on:OUTPUT
    |RETRACTED_OUTPUT // as of $known_at // optional
  ]->(output:Artifact)
  WHERE true
    AND coalesce(output._recorded, output.create_time) <= $known_at // optional
    AND coalesce(passed_on._recorded, $known_at) <= $known_at // optional
    AND coalesce(passed_on._until > $known_at, true) // optional
  MATCH (output)<-[made:OUTPUT
    |RETRACTED_OUTPUT // as of $known_at // optional
  ]-(maker:Execution)
  WHERE coalesce(
    COLLECT { MATCH (maker)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL // optional
      RETURN r.state ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
    maker.state, '') <> 'CACHED'
    AND coalesce(maker._recorded, maker.create_time) <= $known_at // optional
    AND coalesce(made._recorded, $known_at) <= $known_at // optional
    AND coalesce(made._until > $known_at, true) // optional
  RETURN maker
  ORDER BY maker.id DESC
  LIMIT 1
}[0], asked) AS execution
WITH asked, execution, []
  + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(execution)] AS past, COLLECT {
  MATCH (execution)<-[event:INPUT|DECLARED_INPUT
    |RETRACTED_INPUT // as of $known_at // optional
  ]-(input:Artifact)
  WHERE true
    AND coalesce(input._recorded, input.create_time) <= $known_at // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
  WITH DISTINCT input, coalesce(event.path[0], 'unnamed') AS role
  WITH role, input, []
    + COLLECT { MATCH (input)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(input)] AS of_input
  RETURN {role: role, input: {
    state: [r IN of_input WHERE r.state IS NOT NULL | nullIf(r.state, [false])][0],
    digest: [r IN of_input WHERE r.digest IS NOT NULL | nullIf(r.digest, [false])][0],
    uri: [r IN of_input WHERE r.uri IS NOT NULL | nullIf(r.uri, [false])][0],
    _deleted: [r IN of_input WHERE r._deleted IS NOT NULL | nullIf(r._deleted, [false])][0],
    id: of_input[-1].id, type: of_input[-1].type, create_time: of_input[-1].create_time
  }} ORDER BY role
} AS inputs, COLLECT {
  MATCH (execution)-[of:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']
    AND coalesce(run._recorded, run.create_time) <= $known_at // optional
    AND coalesce(of._recorded, $known_at) <= $known_at // optional
  WITH run, []
    + COLLECT { MATCH (run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(run)] AS was
  RETURN {
    git_commit: [r IN was WHERE r.git_commit IS NOT NULL | nullIf(r.git_commit, [false])][0],
    git_dirty: [r IN was WHERE r.git_dirty IS NOT NULL | nullIf(r.git_dirty, [false])][0],
    id: was[-1].id, type: was[-1].type, create_time: was[-1].create_time
  }
}[0] AS run, COLLECT {
  MATCH (execution)<-[read:INPUT|DECLARED_INPUT|INTERNAL_INPUT
    |RETRACTED_INPUT // as of $known_at // optional
  ]-(environment:Artifact {type: 'Environment'})
  WHERE true
    AND coalesce(environment._recorded, environment.create_time) <= $known_at // optional
    AND coalesce(read._recorded, $known_at) <= $known_at // optional
    AND coalesce(read._until > $known_at, true) // optional
  RETURN environment.id
}[0] AS environment
WITH asked, execution, inputs, run, environment,
  {
    state: [r IN past WHERE r.state IS NOT NULL | nullIf(r.state, [false])][0],
    _deleted: [r IN past WHERE r._deleted IS NOT NULL | nullIf(r._deleted, [false])][0],
    code_version: [r IN past WHERE r.code_version IS NOT NULL | nullIf(r.code_version, [false])][0],
    custom_module_path: [r IN past WHERE r.custom_module_path IS NOT NULL | nullIf(r.custom_module_path, [false])][0],
    custom_module_file: [r IN past WHERE r.custom_module_file IS NOT NULL | nullIf(r.custom_module_file, [false])][0],
    module_file: [r IN past WHERE r.module_file IS NOT NULL | nullIf(r.module_file, [false])][0],
    id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
  } AS said,
  [key IN keys(past[-1])
    + COLLECT { UNWIND past[..-1] AS r UNWIND keys(r) AS key WITH key WHERE NOT key IN ['_by', '_until'] + keys(past[-1]) RETURN DISTINCT key } // as of $known_at // optional
    | [r IN past WHERE r[key] IS NOT NULL | nullIf(r[key], [false])][0]] AS contents
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
