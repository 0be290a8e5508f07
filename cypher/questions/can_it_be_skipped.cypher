// Whether a step could be skipped: which earlier executions did the same from the same inputs.
//
// Ask of an execution: `:param execution_id => 44`. Of the 50 earlier ones of its type those that come
// closest are first; the answer is yes where one is COMPLETE, its inputs are the same (artifacts, or
// contents), it was told the same by the same code, and what it made is still there. Executions that
// were recorded have a fingerprint of all that.
//
// access:  read
// returns: can_it, earlier, state, inputs, parameters, code, outputs, differences
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
  MATCH (earlier)-[:OUTPUT]->(output:Artifact) WHERE coalesce(output.state, 'LIVE') <> 'LIVE'
} AS gone, ['id', 'name', 'external_id', 'state', 'create_time', 'last_update_time', 'start_time', 'end_time',
  'source', 'source_id', 'fingerprint', 'pid', 'began', 'host', 'type_id', 'error_type', 'error_message',
  'error_traceback', 'code_version', 'custom_module_path', 'custom_module_file'] AS apart
WITH earlier, was, read = inputs AS same_inputs, gone,
  [key IN keys(said) + [other IN keys(was) WHERE NOT other IN keys(said)] WHERE NOT key IN apart
    AND NOT key STARTS WITH 'custom___' AND NOT coalesce(said[key] = was[key], false) |
      CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7) ELSE key END] AS told,
  coalesce(said.code_version, said.custom_module_path, '')
    = coalesce(was.code_version, was.custom_module_path, '') AS same_code,
  [one IN inputs WHERE NOT one IN read] + [one IN read WHERE NOT one IN inputs | 'not ' + one] AS others
WITH *, coalesce(was.state, '') = 'COMPLETE' AND same_inputs AND told = [] AND same_code AND gone = 0 AS yes
RETURN CASE WHEN yes THEN 'yes' ELSE 'no' END AS can_it,
  'e' + earlier.id + ' ' + last(split(earlier.type, '.')) AS earlier, was.state AS state,
  CASE WHEN same_inputs THEN 'the same' ELSE 'others' END AS inputs,
  CASE told WHEN [] THEN 'the same' ELSE 'others' END AS parameters,
  CASE WHEN same_code THEN 'the same' ELSE 'changed' END AS code,
  CASE gone WHEN 0 THEN 'there' ELSE gone + ' gone' END AS outputs,
  [one IN others | 'input ' + left(one, 60)] + [key IN told | 'parameter ' + key] AS differences
ORDER BY yes DESC, size(others) + size(told), was.id DESC
LIMIT 10;
