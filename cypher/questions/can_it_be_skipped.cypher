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
// access:  read
// returns: can_it, earlier, state, inputs, parameters, code, outputs, differences
// written: from scripts/queries/questions/can_it_be_skipped.cypher
MATCH (step:Execution {id: $execution_id})
WITH step, properties(step) AS said, COLLECT {
  MATCH (step)<-[event:INPUT]-(input:Artifact)
  RETURN DISTINCT coalesce(event.path[0], '') + ' ' + coalesce(properties(input).digest, 'a' + input.id) AS read
  ORDER BY read
} AS inputs
MATCH (earlier:Execution {type: step.type})
WHERE earlier.id < step.id AND coalesce(earlier.state, '') <> 'CACHED'
WITH step, said, inputs, earlier
ORDER BY earlier.type DESC, earlier.id DESC
LIMIT 50
WITH said, inputs, earlier, properties(earlier) AS was, COLLECT {
  MATCH (earlier)<-[event:INPUT]-(input:Artifact)
  RETURN DISTINCT coalesce(event.path[0], '') + ' ' + coalesce(properties(input).digest, 'a' + input.id) AS read
  ORDER BY read
} AS read, COUNT {
  MATCH (earlier)-[:OUTPUT|INTERNAL_OUTPUT]->(output:Artifact) WHERE coalesce(output.state, 'LIVE') <> 'LIVE'
} AS gone
WITH said, inputs, earlier, was, read, gone, COLLECT {
  WITH said AS own
  UNWIND keys(own) AS key
  WITH own, key,
    CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7)
      WHEN key STARTS WITH '_' THEN substring(key, 1) ELSE key END AS name,
    CASE WHEN own[key] IS :: LIST<ANY> THEN own[key][0] ELSE own[key] END AS value
  WHERE NOT key IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
    'external_id', 'state', 'create_time', 'last_update_time', 'start_time', 'end_time', 'fingerprint', 'source', 'source_id',
    'code_version', 'parameter_names', 'not_skipped', 'inputs_changed', 'parameter_digests', 'returned', 'parent_step',
    'error_type', 'error_message', 'error_traceback', 'host', 'pid', 'began', '_by', '_recorded', '_since',
    '_deleted', '_deleted_by', '_deleted_why', '_erased']
  AND CASE
    WHEN own.parameter_names IS NOT NULL THEN own.parameter_names[0] CONTAINS '"' + replace(name, '"', '\\"') + '"'
      AND NOT (key STARTS WITH 'custom_' AND (own['_' + name] IS NOT NULL
        OR own[name] IS NOT NULL AND NOT name IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
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
  RETURN {name: name, value: own[key],
    digest: coalesce(split(split(own.parameter_digests[0], '"' + replace(name, '"', '\\"') + '":"')[1], '"')[0], ''),
    parts: CASE WHEN own[key] IS :: LIST<ANY> AND own[key][0] CONTAINS '{' THEN COLLECT {
      UNWIND split(own[key][0], ['{', '}', '[', ']', ',']) AS part RETURN part ORDER BY part
    } ELSE [] END} AS pair ORDER BY name
} AS told_now, COLLECT {
  WITH was AS own
  UNWIND keys(own) AS key
  WITH own, key,
    CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7)
      WHEN key STARTS WITH '_' THEN substring(key, 1) ELSE key END AS name,
    CASE WHEN own[key] IS :: LIST<ANY> THEN own[key][0] ELSE own[key] END AS value
  WHERE NOT key IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
    'external_id', 'state', 'create_time', 'last_update_time', 'start_time', 'end_time', 'fingerprint', 'source', 'source_id',
    'code_version', 'parameter_names', 'not_skipped', 'inputs_changed', 'parameter_digests', 'returned', 'parent_step',
    'error_type', 'error_message', 'error_traceback', 'host', 'pid', 'began', '_by', '_recorded', '_since',
    '_deleted', '_deleted_by', '_deleted_why', '_erased']
  AND CASE
    WHEN own.parameter_names IS NOT NULL THEN own.parameter_names[0] CONTAINS '"' + replace(name, '"', '\\"') + '"'
      AND NOT (key STARTS WITH 'custom_' AND (own['_' + name] IS NOT NULL
        OR own[name] IS NOT NULL AND NOT name IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
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
  RETURN {name: name, value: own[key],
    digest: coalesce(split(split(own.parameter_digests[0], '"' + replace(name, '"', '\\"') + '":"')[1], '"')[0], ''),
    parts: CASE WHEN own[key] IS :: LIST<ANY> AND own[key][0] CONTAINS '{' THEN COLLECT {
      UNWIND split(own[key][0], ['{', '}', '[', ']', ',']) AS part RETURN part ORDER BY part
    } ELSE [] END} AS pair ORDER BY name
} AS told_then
WITH said, earlier, was, read = inputs AS same_inputs, gone, told_now, told_then,
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
  'e' + earlier.id + ' ' + last(split(earlier.type, '.')) AS earlier, was.state AS state,
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
