// How the environment of the execution that made a model was configured, and which code it ran.
//
// Ask of a model or any artifact: `:param artifact_id => 45`. One row a fact: Python, platform,
// accelerators, every installed distribution, the variables that were captured. Of TFX's executions
// what TFX says: its own version, and the wheel with the user's code.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: part, name, value
// written: from scripts/queries/questions/which_environment.cypher
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
WITH DISTINCT artifact, execution
ORDER BY coalesce(
  COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL // optional
    RETURN r.state ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
  execution.state, '') = 'CACHED', execution.id
LIMIT 1
WITH artifact, execution, []
  + COLLECT { MATCH (artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(artifact)] AS of_artifact,
  []
    + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(execution)] AS of_step
WITH {
  custom_tfx_version: nullIf([r IN of_artifact WHERE r.custom_tfx_version IS NOT NULL | r.custom_tfx_version][0], [false]),
  tfx_version: nullIf([r IN of_artifact WHERE r.tfx_version IS NOT NULL | r.tfx_version][0], [false]),
  id: of_artifact[-1].id, type: of_artifact[-1].type, create_time: of_artifact[-1].create_time
} AS made, execution,
  {
    code_version: nullIf([r IN of_step WHERE r.code_version IS NOT NULL | r.code_version][0], [false]),
    custom_module_path: nullIf([r IN of_step WHERE r.custom_module_path IS NOT NULL | r.custom_module_path][0], [false]),
    custom_module_file: nullIf([r IN of_step WHERE r.custom_module_file IS NOT NULL | r.custom_module_file][0], [false]),
    module_path: nullIf([r IN of_step WHERE r.module_path IS NOT NULL | r.module_path][0], [false]),
    module_file: nullIf([r IN of_step WHERE r.module_file IS NOT NULL | r.module_file][0], [false]),
    host: nullIf([r IN of_step WHERE r.host IS NOT NULL | r.host][0], [false]),
    id: of_step[-1].id, type: of_step[-1].type, create_time: of_step[-1].create_time
  } AS step
WITH made, step, COLLECT {
  MATCH (execution)<-[read:INPUT|DECLARED_INPUT|INTERNAL_INPUT
    |RETRACTED_INPUT // as of $known_at // optional
  ]-(environment:Artifact {type: 'Environment'})
  WHERE true
    AND coalesce(environment._recorded, environment.create_time) <= $known_at // optional
    AND coalesce(read._recorded, $known_at) <= $known_at // optional
    AND coalesce(read._until > $known_at, true) // optional
  WITH environment, []
    + COLLECT { MATCH (environment)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(environment)] AS past
  RETURN {
    python: nullIf([r IN past WHERE r.python IS NOT NULL | r.python][0], [false]),
    implementation: nullIf([r IN past WHERE r.implementation IS NOT NULL | r.implementation][0], [false]),
    platform: nullIf([r IN past WHERE r.platform IS NOT NULL | r.platform][0], [false]),
    machine: nullIf([r IN past WHERE r.machine IS NOT NULL | r.machine][0], [false]),
    accelerators: nullIf([r IN past WHERE r.accelerators IS NOT NULL | r.accelerators][0], [false]),
    distributions: nullIf([r IN past WHERE r.distributions IS NOT NULL | r.distributions][0], [false]),
    variables: nullIf([r IN past WHERE r.variables IS NOT NULL | r.variables][0], [false]),
    id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
  }
}[0] AS environment, COLLECT {
  MATCH (execution)-[of:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']
    AND coalesce(run._recorded, run.create_time) <= $known_at // optional
    AND coalesce(of._recorded, $known_at) <= $known_at // optional
  WITH run, []
    + COLLECT { MATCH (run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(run)] AS was
  RETURN {
    git_commit: nullIf([r IN was WHERE r.git_commit IS NOT NULL | r.git_commit][0], [false]),
    git_dirty: nullIf([r IN was WHERE r.git_dirty IS NOT NULL | r.git_dirty][0], [false]),
    host: nullIf([r IN was WHERE r.host IS NOT NULL | r.host][0], [false]),
    id: was[-1].id, type: was[-1].type, create_time: was[-1].create_time
  }
}[0] AS run
WITH [
  ['code', 'step', 'e' + step.id + ' ' + last(split(step.type, '.'))],
  ['code', 'version', step.code_version],
  ['code', 'module', coalesce(step.custom_module_path, step.custom_module_file, step.module_path, step.module_file)],
  ['code', 'git commit', run.git_commit],
  ['code', 'changes not committed', run.git_dirty],
  ['machine', 'captured as', coalesce('a' + environment.id, 'the environment was not captured')],
  ['machine', 'host', coalesce(step.host, run.host)],
  ['machine', 'Python', environment.python],
  ['machine', 'implementation', environment.implementation],
  ['machine', 'platform', environment.platform],
  ['machine', 'machine', environment.machine],
  ['machine', 'accelerators', environment.accelerators[0]],
  ['distribution', 'tfx', coalesce(made.custom_tfx_version, made.tfx_version)]
] AS facts, [
  ['distribution', environment.distributions[0]], ['variable', environment.variables[0]]
] AS texts
// Each text is a JSON object of plain keys and values, e.g. {"numpy":"1.26.4","pip":"24.0"}.
WITH facts + reduce(all = [], text IN [text IN texts WHERE text[1] IS NOT NULL] | all +
  [pair IN split(substring(text[1], 2, size(text[1]) - 4), '","')
  WHERE pair CONTAINS '":"' | [text[0], split(pair, '":"')[0], split(pair, '":"')[1]]]) AS facts
UNWIND range(0, size(facts) - 1) AS place
WITH place, facts[place][0] AS part, facts[place][1] AS name, facts[place][2] AS value
WHERE value IS NOT NULL
RETURN part, name, value
ORDER BY place;
