// What bad runs have in common that good ones have not, the likeliest cause first.
//
// Ask of runs: `:param bad_ids => [42]` and `:param good_ids => [34, 48]`; browse.runs lists them.
// Suspects are what the runs' steps were made from - artifacts, executions, environments - and facts:
// values of parameters, versions of code, git commits. What only one of several bad runs has is left
// out, and so are what is no rarer among the good, and the steps of an only bad run themselves.
//
// access:  read
// returns: bad, good, suspect, what, nearest
// written: from scripts/queries/questions/what_do_bad_runs_share.cypher
UNWIND [id IN $bad_ids | [id, true]] + [id IN $good_ids | [id, false]] AS asked
MATCH (run:Context {id: asked[0]})
CALL (run) {
  MATCH (run)<-[:ASSOCIATED_WITH]-(step:Execution)
  MATCH path = (step)((here)<-[:INPUT|OUTPUT|INTERNAL_INPUT]-(before)){0,40} (node)
  RETURN node, min(length(path)) AS near
}
WITH asked[1] AS is_bad, run, node, near, properties(node) AS said, last(split(node.type, '.')) AS type
CALL (run, node, said, type) {
  WITH node, said, type
  RETURN CASE WHEN node:Artifact THEN 'artifact' ELSE 'execution' END AS suspect,
    CASE WHEN node:Artifact THEN 'a' ELSE 'e' END + said.id + ' ' + type AS what, null AS identity, null AS value
  UNION
  WITH node, said, type
  UNWIND keys(said) AS key
  WITH node, said, key, type,
    CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7)
      WHEN key STARTS WITH '_' THEN substring(key, 1) ELSE key END AS name,
    CASE WHEN said[key] IS :: LIST<ANY> THEN said[key][0] ELSE said[key] END AS value
  WHERE node:Execution AND (key = 'code_version' OR NOT key IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
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
        AND NOT name IN ['component_id', 'pipeline_name', 'pipeline_root', 'run_id', 'state', 'name', 'launcher_type']
    ELSE true
  END)
  RETURN CASE key WHEN 'code_version' THEN 'code' ELSE 'parameter' END AS suspect,
    type + ' ' + name AS what,
    coalesce(split(split(said.parameter_digests[0], '"' + replace(name, '"', '\\"') + '":"')[1], '"')[0],
      CASE WHEN value = value THEN value ELSE [toString(value)] END) AS identity,
    value
  UNION
  WITH run
  WITH properties(run).git_commit AS what
  WHERE what IS NOT NULL
  RETURN 'commit' AS suspect, what, null AS identity, null AS value
}
WITH suspect, what, identity, min(toString(value)) AS text, collect(DISTINCT CASE WHEN is_bad THEN run.id END) AS in_bad,
  collect(DISTINCT CASE WHEN NOT is_bad THEN run.id END) AS in_good, min(CASE WHEN is_bad THEN near END) AS nearest
WITH suspect, what, text, size(in_bad) AS bad, size(in_good) AS good, nearest
WHERE bad > 0 AND (bad > 1 OR size($bad_ids) = 1 AND (suspect <> 'execution' OR nearest > 0))
  AND (size($good_ids) = 0 OR good * size($bad_ids) < bad * size($good_ids))
RETURN bad + ' of ' + size($bad_ids) AS bad, good + ' of ' + size($good_ids) AS good, suspect,
  what + coalesce(' = ' + left(text, 100) + CASE WHEN size(text) > 100 THEN '… (of ' + size(text) + ' characters)' ELSE '' END, '')
    AS what, nearest
ORDER BY bad DESC, good, nearest, suspect, what
LIMIT 200;
