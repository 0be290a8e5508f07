// Whether an execution could be run again and would do the same: green, amber or red, with reasons.
//
// Ask of an execution: `:param execution_id => 44`. This is what the database can say, the worst
// first; `graphstore can-rerun` looks at the files and at the environment here too. One that was
// CACHED did nothing: the execution that it stands for is judged.
//
// access:  read
// returns: verdict, part, reason
// written: from scripts/queries/questions/can_it_be_rerun.cypher
MATCH (asked:Execution {id: $execution_id})
WITH asked, coalesce(COLLECT {
  WITH asked
  WHERE asked.state = 'CACHED'
  MATCH (asked)-[:OUTPUT]->(:Artifact)<-[:OUTPUT]-(maker:Execution)
  WHERE coalesce(maker.state, 'UNKNOWN') <> 'CACHED'
  RETURN maker
  ORDER BY maker.id DESC
  LIMIT 1
}[0], asked) AS execution
WITH asked, execution, properties(execution) AS said, COLLECT {
  MATCH (execution)<-[event:INPUT|DECLARED_INPUT]-(input:Artifact)
  WITH DISTINCT input, coalesce(event.path[0], 'unnamed') AS role
  RETURN {role: role, input: properties(input)} ORDER BY role
} AS inputs, COLLECT {
  MATCH (execution)-[:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']
  RETURN properties(run)
}[0] AS run, COLLECT {
  MATCH (execution)<-[:INPUT|DECLARED_INPUT|INTERNAL_INPUT]-(environment:Artifact {type: 'Environment'})
  RETURN environment.id
}[0] AS environment
WITH *, any(key IN keys(said) WHERE
  coalesce(toStringOrNull(said[key]), toStringOrNull(said[key][0]), '') CONTAINS '[redacted]') AS hidden
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
