// Which hyperparameters a model was trained with: what the execution that made it was told.
//
// Ask of a model or any artifact: `:param artifact_id => 45`. What the recorder stored says itself which
// of its properties are parameters; of TFX's what its launcher writes is left out. TFX writes some as
// JSON text; one of plain keys and values (`custom_config`, `train_args`) is opened here, one that nests is
// shown as it is, since Cypher reads no JSON.
//
// access:  read
// returns: parameter, value, told_to
// written: from scripts/queries/questions/hyperparameters.cypher
MATCH (:Artifact {id: $artifact_id})<-[:OUTPUT]-(execution:Execution)
WITH DISTINCT execution
ORDER BY coalesce(execution.state, '') = 'CACHED', execution.id
LIMIT 1
WITH execution, properties(execution) AS said
UNWIND keys(said) AS key
WITH execution, said, key,
  CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7)
    WHEN key STARTS WITH '_' THEN substring(key, 1) ELSE key END AS name,
  CASE WHEN said[key] IS :: LIST<ANY> THEN said[key][0] ELSE said[key] END AS value
WHERE NOT key IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
  'external_id', 'state', 'create_time', 'last_update_time', 'start_time', 'end_time', 'fingerprint', 'source', 'source_id',
  'code_version', 'parameter_names', 'not_skipped', 'inputs_changed', 'parameter_digests', 'returned', 'parent_step',
  'error_type', 'error_message', 'error_traceback', 'host', 'pid', 'began', '_by', '_recorded', '_since',
  '_deleted', '_deleted_by', '_deleted_why', '_erased']
AND CASE
  WHEN said.parameter_names IS NOT NULL THEN said.parameter_names[0] CONTAINS '"' + replace(name, '"', '\\"') + '"'
    AND NOT (key STARTS WITH 'custom_' AND (said['_' + name] IS NOT NULL
      OR said[name] IS NOT NULL AND NOT name IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
        'external_id', 'state', 'create_time', 'last_update_time', 'start_time', 'end_time', 'fingerprint', 'source', 'source_id',
        'code_version', 'parameter_names', 'not_skipped', 'inputs_changed', 'parameter_digests', 'returned', 'parent_step',
        'error_type', 'error_message', 'error_traceback', 'host', 'pid', 'began', '_by', '_recorded', '_since',
        '_deleted', '_deleted_by', '_deleted_why', '_erased']))
  WHEN said.type STARTS WITH 'tfx.' OR coalesce(said.component_id, said.custom_component_id) IS NOT NULL
    AND coalesce(said.pipeline_root, said.custom_pipeline_root) IS NOT NULL
    AND coalesce(said.run_id, said.custom_run_id) IS NOT NULL
    THEN NOT name STARTS WITH '__' AND NOT coalesce(toStringOrNull(value), '') IN ['None', 'null']
      AND NOT name IN ['component_id', 'pipeline_name', 'pipeline_root', 'run_id', 'state', 'name', 'launcher_type',
        'module_path', 'module_file']
  ELSE true
END
WITH execution, value, name, said.parameter_names IS NULL AND said.type STARTS WITH 'tfx.' AS by_tfx,
  replace(replace(replace(trim(toString(value)), '\n', ''), '  ', ' '), ', "', ',"') AS text
WITH execution, value, name, CASE
  WHEN by_tfx AND text STARTS WITH '{' AND size(split(text, '{')) = 2 AND NOT text CONTAINS '['
    THEN split(trim(substring(text, 1, size(text) - 2)), ',"')
END AS parts
UNWIND coalesce(parts, [null]) AS part
WITH execution, name, value, replace(trim(split(part, '":')[0]), '"', '') AS inner, part
RETURN CASE WHEN part IS NULL THEN name WHEN name = 'custom_config' THEN inner
    ELSE name + '.' + inner END AS parameter,
  CASE WHEN part IS NULL THEN value
    ELSE replace(trim(substring(part, size(split(part, '":')[0]) + 2)), '"', '') END AS value,
  'e' + execution.id + ' ' + last(split(execution.type, '.')) AS told_to
ORDER BY parameter;
