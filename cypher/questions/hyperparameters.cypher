// Which hyperparameters a model was trained with: what the execution that made it was told.
//
// Ask of a model or any artifact: `:param artifact_id => 45`. What the recorder stored says itself which
// of its properties are parameters; of TFX's what its launcher writes is left out. TFX writes some as
// JSON text; one of plain keys and values (`custom_config`, `train_args`) is opened here, one that nests is
// shown as it is, since Cypher reads no JSON.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: parameter, value, told_to
// written: from scripts/queries/questions/hyperparameters.cypher
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
WITH DISTINCT execution
ORDER BY coalesce(
  COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL // optional
    RETURN r.state ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
  execution.state, '') = 'CACHED', execution.id
LIMIT 1
WITH execution, []
  + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(execution)] AS past
WITH execution, past, {
  parameter_names: [r IN past WHERE r.parameter_names IS NOT NULL | nullIf(r.parameter_names, [false])][0],
  parameter_digests: [r IN past WHERE r.parameter_digests IS NOT NULL | nullIf(r.parameter_digests, [false])][0],
  component_id: [r IN past WHERE r.component_id IS NOT NULL | nullIf(r.component_id, [false])][0],
  custom_component_id: [r IN past WHERE r.custom_component_id IS NOT NULL | nullIf(r.custom_component_id, [false])][0],
  pipeline_root: [r IN past WHERE r.pipeline_root IS NOT NULL | nullIf(r.pipeline_root, [false])][0],
  custom_pipeline_root: [r IN past WHERE r.custom_pipeline_root IS NOT NULL | nullIf(r.custom_pipeline_root, [false])][0],
  run_id: [r IN past WHERE r.run_id IS NOT NULL | nullIf(r.run_id, [false])][0],
  custom_run_id: [r IN past WHERE r.custom_run_id IS NOT NULL | nullIf(r.custom_run_id, [false])][0],
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS said
UNWIND keys(past[-1])
  + COLLECT { UNWIND past[..-1] AS r UNWIND keys(r) AS key WITH key WHERE NOT key IN ['_by', '_until'] + keys(past[-1]) RETURN DISTINCT key } // as of $known_at // optional
  AS key
WITH execution, said, past, key, coalesce(
  [r IN past WHERE r[key] IS NOT NULL | r[key]][0], // as of $known_at // optional
  past[-1][key]) AS content
WHERE true
  AND content <> [false] // as of $known_at // optional
WITH execution, said, past, key, content,
  CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7)
    WHEN key STARTS WITH '_' THEN substring(key, 1) ELSE key END AS name,
  CASE WHEN content IS :: LIST<ANY> THEN content[0] ELSE content END AS value
WHERE NOT key IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
  'external_id', 'state', 'create_time', 'last_update_time', 'start_time', 'end_time', 'fingerprint', 'source', 'source_id',
  'code_version', 'parameter_names', 'not_skipped', 'inputs_changed', 'parameter_digests', 'returned', 'parent_step',
  'error_type', 'error_message', 'error_traceback', 'host', 'pid', 'began', '_by', '_recorded', '_since',
  '_deleted', '_deleted_by', '_deleted_why', '_erased']
AND CASE
  WHEN said.parameter_names IS NOT NULL THEN said.parameter_names[0] CONTAINS '"' + replace(name, '"', '\\"') + '"'
    AND NOT (key STARTS WITH 'custom_' AND (
      NOT name IN ['by', 'until', 'recorded', 'since', 'deleted', 'deleted_by', 'deleted_why', 'erased']
      AND [r IN past WHERE r['_' + name] IS NOT NULL | nullIf(r['_' + name], [false])][0] IS NOT NULL
      OR [r IN past WHERE r[name] IS NOT NULL | nullIf(r[name], [false])][0] IS NOT NULL
      AND NOT name IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
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
