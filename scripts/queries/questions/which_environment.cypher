// How the environment of the execution that made a model was configured, and which code it ran.
//
// Ask of a model or any artifact: `:param artifact_id => 45`. One row a fact: Python, platform,
// accelerators, every installed distribution, the variables that were captured. Of TFX's executions
// what TFX says: its own version, and the wheel with the user's code.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: part, name, value
<<revisions.makers()>>
WITH DISTINCT artifact, execution
ORDER BY <<revisions.then('execution', '.state', "''", long=true)>> = 'CACHED', execution.id
LIMIT 1
WITH artifact, execution, <<revisions.states_of('artifact', 'of_artifact')>>,
  <<revisions.states_of('execution', 'of_step')>>
WITH <<revisions.as_map('artifact', 'custom_tfx_version tfx_version', 'of_artifact')>> AS made, execution,
  <<revisions.as_map('execution', 'code_version custom_module_path custom_module_file module_path module_file host', 'of_step')>> AS step
WITH made, step, COLLECT {
  MATCH (execution)<-[read:<<revisions.events_then('INPUT|DECLARED_INPUT|INTERNAL_INPUT')>>-(environment:Artifact {type: 'Environment'})
  WHERE true
    <<revisions.stood('read', 'environment')>>
  WITH environment, <<revisions.states_of('environment')>>
  RETURN <<revisions.as_map('environment', 'python implementation platform machine accelerators distributions variables')>>
}[0] AS environment, <<history.run_of(then='git_commit git_dirty host')>> AS run
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
