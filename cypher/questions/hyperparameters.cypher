// Which hyperparameters a model was trained with: what the execution that made it was told.
//
// Ask of a model or any artifact: `:param artifact_id => 45`. TFX writes some of them as JSON text;
// one of plain keys and values (`custom_config`, `train_args`) is opened here, one that nests is
// shown as it is, since Cypher reads no JSON.
//
// access:  read
// returns: parameter, value, told_to
MATCH (:Artifact {id: $artifact_id})<-[:OUTPUT]-(execution:Execution)
WITH DISTINCT execution
ORDER BY coalesce(execution.state, '') = 'CACHED', execution.id
LIMIT 1
UNWIND keys(execution) AS key
WITH execution, key,
  CASE WHEN execution[key] IS :: LIST<ANY> THEN execution[key][0] ELSE execution[key] END AS value
WHERE NOT key IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'external_id', 'state',
    'create_time', 'last_update_time', 'start_time', 'end_time', 'fingerprint', 'source', 'source_id',
    'digest', 'code_version', 'error_type', 'error_message', 'error_traceback', 'host', 'pid', 'began',
    'module_path', 'module_file', 'custom_module_path', 'custom_module_file', 'custom_component_id',
    'custom_pipeline_name', 'custom_pipeline_root', 'custom_run_id', 'custom_state', 'custom_name',
    'custom_launcher_type', 'component_id', 'pipeline_name', 'pipeline_root', 'run_id', 'launcher_type']
  AND NOT key STARTS WITH 'custom___' AND NOT toString(value) IN ['None', 'null', '']
WITH execution, value,
  CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7)
    WHEN key STARTS WITH '_' THEN substring(key, 1) ELSE key END AS name,
  replace(replace(replace(trim(toString(value)), '\n', ''), '  ', ' '), ', "', ',"') AS text
WITH execution, value, name, CASE
  WHEN text STARTS WITH '{' AND size(split(text, '{')) = 2 AND NOT text CONTAINS '['
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
