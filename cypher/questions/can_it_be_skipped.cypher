// Whether a step could be skipped: which earlier executions did the same from the same inputs.
//
// Ask of an execution: `:param execution_id => 44`. Of the 50 earlier ones of its type those that come
// closest are first; the answer is yes where one is COMPLETE, its inputs are the same (artifacts, or
// contents), it was told the same by the same code, and what it made is still there. Executions that
// were recorded have a fingerprint of all that, and of more, such as the properties that inputs had then:
// if two differ the answer is no. They say why they ran if the contents of an input were not known, or an
// output was gone. A dict is JSON text, whose keys the recorder sorts, and others need
// not: where two texts have the same parts in another order the answer is unknown.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: can_it, earlier, state, inputs, parameters, code, outputs, differences
// written: from scripts/queries/questions/can_it_be_skipped.cypher
MATCH (step:Execution {id: $execution_id})
WHERE true
  AND coalesce(step._recorded, step.create_time) <= $known_at // optional
MATCH (earlier:Execution {type: step.type})
WHERE earlier.id < step.id
  AND coalesce(
    COLLECT { MATCH (earlier)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], // optional
    earlier.state, '') <> 'CACHED'
  AND coalesce(earlier._recorded, earlier.create_time) <= $known_at // optional
WITH step, earlier
ORDER BY earlier.type DESC, earlier.id DESC
LIMIT 50
// The step, and the earlier ones, by the same lines.
WITH step, collect(earlier) AS earlier_ones
WITH [step] + earlier_ones AS steps
UNWIND steps AS execution
WITH execution, []
  + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(execution)] AS past, COLLECT {
  MATCH (execution)<-[event:INPUT
    |RETRACTED_INPUT // as of $known_at // optional
  ]-(input:Artifact)
  WHERE true
    AND coalesce(input._recorded, input.create_time) <= $known_at // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
  WITH event, input, []
    + COLLECT { MATCH (input)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    AS of_input
  RETURN DISTINCT coalesce(event.path[0], '') + ' '
    + coalesce(nullIf(coalesce(
      head([r IN of_input WHERE r.digest IS NOT NULL | r.digest]),
      properties(input).digest), [false]), 'a' + input.id) AS read
  ORDER BY read
} AS read, COUNT {
  MATCH (execution)-[made:OUTPUT|INTERNAL_OUTPUT
    |RETRACTED_OUTPUT // as of $known_at // optional
  ]->(output:Artifact)
  WHERE true
    AND coalesce(output._recorded, output.create_time) <= $known_at // optional
    AND coalesce(made._recorded, $known_at) <= $known_at // optional
    AND coalesce(made._until > $known_at, true) // optional
    AND NOT coalesce(
      COLLECT { MATCH (output)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL // optional
        RETURN r.state ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
      output.state, 'LIVE') IN ['LIVE', [false]]
} AS gone
WITH past, read, gone, {
  state: [r IN past WHERE r.state IS NOT NULL | nullIf(r.state, [false])][0],
  fingerprint: [r IN past WHERE r.fingerprint IS NOT NULL | nullIf(r.fingerprint, [false])][0],
  not_skipped: [r IN past WHERE r.not_skipped IS NOT NULL | nullIf(r.not_skipped, [false])][0],
  inputs_changed: [r IN past WHERE r.inputs_changed IS NOT NULL | nullIf(r.inputs_changed, [false])][0],
  code_version: [r IN past WHERE r.code_version IS NOT NULL | nullIf(r.code_version, [false])][0],
  module_path: [r IN past WHERE r.module_path IS NOT NULL | nullIf(r.module_path, [false])][0],
  custom_module_path: [r IN past WHERE r.custom_module_path IS NOT NULL | nullIf(r.custom_module_path, [false])][0],
  module_file: [r IN past WHERE r.module_file IS NOT NULL | nullIf(r.module_file, [false])][0],
  custom_module_file: [r IN past WHERE r.custom_module_file IS NOT NULL | nullIf(r.custom_module_file, [false])][0],
  parameter_names: [r IN past WHERE r.parameter_names IS NOT NULL | nullIf(r.parameter_names, [false])][0],
  parameter_digests: [r IN past WHERE r.parameter_digests IS NOT NULL | nullIf(r.parameter_digests, [false])][0],
  component_id: [r IN past WHERE r.component_id IS NOT NULL | nullIf(r.component_id, [false])][0],
  custom_component_id: [r IN past WHERE r.custom_component_id IS NOT NULL | nullIf(r.custom_component_id, [false])][0],
  pipeline_root: [r IN past WHERE r.pipeline_root IS NOT NULL | nullIf(r.pipeline_root, [false])][0],
  custom_pipeline_root: [r IN past WHERE r.custom_pipeline_root IS NOT NULL | nullIf(r.custom_pipeline_root, [false])][0],
  run_id: [r IN past WHERE r.run_id IS NOT NULL | nullIf(r.run_id, [false])][0],
  custom_run_id: [r IN past WHERE r.custom_run_id IS NOT NULL | nullIf(r.custom_run_id, [false])][0],
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS own
WITH own, read, gone, COLLECT {
  WITH own, past
  UNWIND keys(past[-1])
    + COLLECT { UNWIND past[..-1] AS r UNWIND keys(r) AS key WITH key WHERE NOT key IN ['_by', '_until'] + keys(past[-1]) RETURN DISTINCT key } // as of $known_at // optional
    AS key
  WITH own, past, key, coalesce(
    [r IN past WHERE r[key] IS NOT NULL | r[key]][0], // as of $known_at // optional
    past[-1][key]) AS content
  WHERE true
    AND content <> [false] // as of $known_at // optional
  WITH own, past, key, content,
    CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7)
      WHEN key STARTS WITH '_' THEN substring(key, 1) ELSE key END AS name,
    CASE WHEN content IS :: LIST<ANY> THEN content[0] ELSE content END AS value
  WHERE NOT key IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
    'external_id', 'state', 'create_time', 'last_update_time', 'start_time', 'end_time', 'fingerprint', 'source', 'source_id',
    'code_version', 'parameter_names', 'not_skipped', 'inputs_changed', 'parameter_digests', 'returned', 'parent_step',
    'error_type', 'error_message', 'error_traceback', 'host', 'pid', 'began', '_by', '_recorded', '_since',
    '_deleted', '_deleted_by', '_deleted_why', '_erased']
  AND CASE
    WHEN own.parameter_names IS NOT NULL THEN own.parameter_names[0] CONTAINS '"' + replace(name, '"', '\\"') + '"'
      AND NOT (key STARTS WITH 'custom_' AND (
        NOT name IN ['by', 'until', 'recorded', 'since', 'deleted', 'deleted_by', 'deleted_why', 'erased']
        AND [r IN past WHERE r['_' + name] IS NOT NULL | nullIf(r['_' + name], [false])][0] IS NOT NULL
        OR [r IN past WHERE r[name] IS NOT NULL | nullIf(r[name], [false])][0] IS NOT NULL
        AND NOT name IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
          'external_id', 'state', 'create_time', 'last_update_time', 'start_time', 'end_time', 'fingerprint', 'source', 'source_id',
          'code_version', 'parameter_names', 'not_skipped', 'inputs_changed', 'parameter_digests', 'returned', 'parent_step',
          'error_type', 'error_message', 'error_traceback', 'host', 'pid', 'began', '_by', '_recorded', '_since',
          '_deleted', '_deleted_by', '_deleted_why', '_erased']))
    WHEN own.type STARTS WITH 'tfx.' OR coalesce(own.component_id, own.custom_component_id) IS NOT NULL
      AND coalesce(own.pipeline_root, own.custom_pipeline_root) IS NOT NULL
      AND coalesce(own.run_id, own.custom_run_id) IS NOT NULL
      THEN NOT name STARTS WITH '__' AND NOT coalesce(toStringOrNull(value), '') IN ['None', 'null']
        AND NOT name IN ['component_id', 'pipeline_name', 'pipeline_root', 'run_id', 'state', 'name', 'launcher_type',
          'module_path', 'module_file']
    ELSE true
  END
  RETURN {name: name, value: content,
    digest: coalesce(split(split(own.parameter_digests[0], '"' + replace(name, '"', '\\"') + '":"')[1], '"')[0], ''),
    parts: CASE WHEN content IS :: LIST<ANY> AND content[0] CONTAINS '{' THEN COLLECT {
      UNWIND split(content[0], ['{', '}', '[', ']', ',']) AS part RETURN part ORDER BY part
    } ELSE [] END} AS pair ORDER BY name
} AS told
ORDER BY own.id DESC
WITH collect({own: own, read: read, gone: gone, told: told}) AS all
UNWIND all[1..] AS one
WITH all[0].own AS said, all[0].read AS inputs, all[0].told AS told_now, one.own AS was, one.read AS read, one.gone AS gone,
  one.told AS told_then
WITH said, was, read = inputs AS same_inputs, gone, told_now, told_then,
  [pair IN told_now WHERE any(other IN told_then WHERE other <> pair AND other.name = pair.name
    AND other.digest = pair.digest AND other.parts = pair.parts AND pair.parts <> []) | pair.name] AS reordered,
  coalesce(said.code_version, CASE
    WHEN said.parameter_names IS NULL AND (said.type STARTS WITH 'tfx.' OR coalesce(said.component_id, said.custom_component_id) IS NOT NULL
      AND coalesce(said.pipeline_root, said.custom_pipeline_root) IS NOT NULL
      AND coalesce(said.run_id, said.custom_run_id) IS NOT NULL)
    THEN coalesce(said.module_path, said.custom_module_path, '') + ' '
      + coalesce(said.module_file, said.custom_module_file, '') END, '')
  = coalesce(was.code_version, CASE
    WHEN was.parameter_names IS NULL AND (was.type STARTS WITH 'tfx.' OR coalesce(was.component_id, was.custom_component_id) IS NOT NULL
      AND coalesce(was.pipeline_root, was.custom_pipeline_root) IS NOT NULL
      AND coalesce(was.run_id, was.custom_run_id) IS NOT NULL)
    THEN coalesce(was.module_path, was.custom_module_path, '') + ' '
      + coalesce(was.module_file, was.custom_module_file, '') END, '') AS same_code,
  [one IN inputs WHERE NOT one IN read] + [one IN read WHERE NOT one IN inputs | 'not ' + one] AS others
WITH *, [pair IN told_now WHERE NOT pair IN told_then AND NOT pair.name IN reordered | pair.name]
    + [pair IN told_then WHERE NOT pair.name IN [other IN told_now | other.name] | pair.name] AS told,
  coalesce(said.fingerprint <> was.fingerprint, false) AS unlike
WITH *, CASE
  WHEN coalesce(was.state, '') <> 'COMPLETE' OR NOT same_inputs OR told <> [] OR NOT same_code OR gone > 0
    OR said.not_skipped IS NOT NULL OR was.inputs_changed IS NOT NULL THEN 'no'
  WHEN unlike THEN 'no'
  WHEN reordered <> [] THEN 'unknown'
  ELSE 'yes'
END AS can_it
RETURN can_it,
  'e' + was.id + ' ' + last(split(was.type, '.')) AS earlier, was.state AS state,
  CASE WHEN same_inputs THEN 'the same' ELSE 'others' END AS inputs,
  CASE WHEN told <> [] THEN 'others' WHEN reordered <> [] THEN 'unknown' ELSE 'the same' END AS parameters,
  CASE WHEN same_code THEN 'the same' ELSE 'changed' END AS code,
  CASE gone WHEN 0 THEN 'there' ELSE gone + ' gone' END AS outputs,
  [one IN others | 'input ' + left(one, 60)] + [key IN told | 'parameter ' + key]
    + [key IN reordered | 'parameter ' + key + ', or only the order of its keys: unknown']
    + [why IN ['fingerprint: what is not recorded, such as properties of an input as they were']
      WHERE unlike AND same_inputs AND told = [] AND same_code AND reordered = []]
    + [why IN [said.not_skipped, 'of the earlier one is known: ' + was.inputs_changed] WHERE why IS NOT NULL] AS differences
ORDER BY CASE can_it WHEN 'yes' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END, size(others) + size(told), was.id DESC
LIMIT 10;
