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
  custom_tfx_version: [r IN of_artifact WHERE r.custom_tfx_version IS NOT NULL | nullIf(r.custom_tfx_version, [false])][0],
  tfx_version: [r IN of_artifact WHERE r.tfx_version IS NOT NULL | nullIf(r.tfx_version, [false])][0],
  id: of_artifact[-1].id, type: of_artifact[-1].type, create_time: of_artifact[-1].create_time
} AS made, execution,
  {
    code_version: [r IN of_step WHERE r.code_version IS NOT NULL | nullIf(r.code_version, [false])][0],
    custom_module_path: [r IN of_step WHERE r.custom_module_path IS NOT NULL | nullIf(r.custom_module_path, [false])][0],
    custom_module_file: [r IN of_step WHERE r.custom_module_file IS NOT NULL | nullIf(r.custom_module_file, [false])][0],
    module_path: [r IN of_step WHERE r.module_path IS NOT NULL | nullIf(r.module_path, [false])][0],
    module_file: [r IN of_step WHERE r.module_file IS NOT NULL | nullIf(r.module_file, [false])][0],
    host: [r IN of_step WHERE r.host IS NOT NULL | nullIf(r.host, [false])][0],
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
    python: [r IN past WHERE r.python IS NOT NULL | nullIf(r.python, [false])][0],
    implementation: [r IN past WHERE r.implementation IS NOT NULL | nullIf(r.implementation, [false])][0],
    platform: [r IN past WHERE r.platform IS NOT NULL | nullIf(r.platform, [false])][0],
    machine: [r IN past WHERE r.machine IS NOT NULL | nullIf(r.machine, [false])][0],
    accelerators: [r IN past WHERE r.accelerators IS NOT NULL | nullIf(r.accelerators, [false])][0],
    distributions: [r IN past WHERE r.distributions IS NOT NULL | nullIf(r.distributions, [false])][0],
    variables: [r IN past WHERE r.variables IS NOT NULL | nullIf(r.variables, [false])][0],
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
    git_commit: [r IN was WHERE r.git_commit IS NOT NULL | nullIf(r.git_commit, [false])][0],
    git_dirty: [r IN was WHERE r.git_dirty IS NOT NULL | nullIf(r.git_dirty, [false])][0],
    host: [r IN was WHERE r.host IS NOT NULL | nullIf(r.host, [false])][0],
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
