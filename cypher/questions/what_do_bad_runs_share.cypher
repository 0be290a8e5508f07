// What bad runs have in common that good ones have not, the likeliest cause first.
//
// Ask of runs: `:param bad_ids => [42]` and `:param good_ids => [34, 48]`; browse.runs lists them.
// Suspects are what the runs' steps were made from - artifacts, executions, environments - and facts:
// values of parameters, versions of code, git commits. What only one of several bad runs has is left
// out, and so are what is no rarer among the good, and the steps of an only bad run themselves.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: bad, good, suspect, what, nearest
// written: from scripts/queries/questions/what_do_bad_runs_share.cypher
UNWIND [id IN $bad_ids | [id, true]] + [id IN $good_ids | [id, false]] AS asked
MATCH (run:Context {id: asked[0]})
WHERE true
  AND coalesce(run._recorded, run.create_time) <= $known_at // optional
WITH asked, run, []
  + COLLECT { MATCH (run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  AS of_run
WITH asked[1] AS is_bad, run, nullIf(coalesce(
  head([r IN of_run WHERE r.git_commit IS NOT NULL | r.git_commit]),
  properties(run).git_commit), [false]) AS commit
CALL (run) {
  MATCH (run)<-[of:ASSOCIATED_WITH]-(step:Execution)
  WHERE true
    AND coalesce(step._recorded, step.create_time) <= $known_at // optional
    AND coalesce(of._recorded, $known_at) <= $known_at // optional
  MATCH path = (step)
    ((here)<-[event:INPUT|OUTPUT|INTERNAL_INPUT
      |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
    ]-(before)
      WHERE true
        AND coalesce(before._recorded, before.create_time) <= $known_at // optional
        AND coalesce(event._recorded, $known_at) <= $known_at // optional
        AND coalesce(event._until > $known_at, true) // optional
    ){0,40} (node)
  RETURN node, min(length(path)) AS near
}
WITH is_bad, run, commit, node, near, last(split(node.type, '.')) AS type
CALL (node, type, commit) {
  WITH node, type
  RETURN CASE WHEN node:Artifact THEN 'artifact' ELSE 'execution' END AS suspect,
    CASE WHEN node:Artifact THEN 'a' ELSE 'e' END + node.id + ' ' + type AS what, null AS identity, null AS value
  UNION
  WITH node, type
  WHERE node:Execution
  WITH node, type, []
    + COLLECT { MATCH (node)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(node)] AS past
  WITH type, past, {
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
  WITH type, past, said, key, coalesce(
    [r IN past WHERE r[key] IS NOT NULL | r[key]][0], // as of $known_at // optional
    past[-1][key]) AS content
  WHERE true
    AND content <> [false] // as of $known_at // optional
  WITH type, past, said, key, content,
    CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7)
      WHEN key STARTS WITH '_' THEN substring(key, 1) ELSE key END AS name,
    CASE WHEN content IS :: LIST<ANY> THEN content[0] ELSE content END AS value
  WHERE key = 'code_version' OR NOT key IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
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
        AND NOT name IN ['component_id', 'pipeline_name', 'pipeline_root', 'run_id', 'state', 'name', 'launcher_type']
    ELSE true
  END
  RETURN CASE key WHEN 'code_version' THEN 'code' ELSE 'parameter' END AS suspect,
    type + ' ' + name AS what,
    coalesce(split(split(said.parameter_digests[0], '"' + replace(name, '"', '\\"') + '":"')[1], '"')[0],
      CASE WHEN value = value THEN value ELSE [toString(value)] END) AS identity,
    value
  UNION
  WITH commit
  WHERE commit IS NOT NULL
  RETURN 'commit' AS suspect, commit AS what, null AS identity, null AS value
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
