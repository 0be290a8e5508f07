// What differs between two models: data, steps, parameters and base models, where it began first.
//
// Ask of two artifacts: `:param artifact_ids => [32, 45]`. Their histories are laid side by side: what
// stands equally many steps before each, by type, several of one type in the order of ids. A base
// model is compared, and not what it was made from in turn. The first divergence is what differs while
// that which it was made from does not. This is simpler than `graphstore diff`, which aligns by the
// parts that things played and goes through the base models. A dict is JSON text, whose keys the
// recorder sorts, and others need not: where two texts have the same parts in another order the verdict
// is unknown.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: events_back, part, in_a, in_b, verdict, first_divergence, differences
// written: from scripts/queries/questions/what_differs.cypher
UNWIND [0, 1] AS side
MATCH (model:Artifact {id: $artifact_ids[side]})
WHERE true
  AND coalesce(model._recorded, model.create_time) <= $known_at // optional
MATCH path = (model)
  ((here)<-[event:INPUT|OUTPUT
    |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
  ]-(before)
    WHERE (here.type <> model.type OR here.id = model.id)
      AND coalesce(before._recorded, before.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
  ){0,40} (node)
WITH side, node, min(length(path)) AS events_back
WHERE events_back % 2 = CASE WHEN node:Artifact THEN 0 ELSE 1 END
  AND (node:Artifact OR coalesce(
    COLLECT { MATCH (node)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL // optional
      RETURN r.state ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
    node.state, '') <> 'CACHED')
ORDER BY node.id
WITH events_back, last(split(node.type, '.')) AS part,
  collect(CASE side WHEN 0 THEN node END) AS all_a, collect(CASE side WHEN 1 THEN node END) AS all_b
UNWIND range(0, CASE WHEN size(all_a) > size(all_b) THEN size(all_a) ELSE size(all_b) END - 1) AS place
WITH events_back, part, all_a[place] AS a, all_b[place] AS b
WITH events_back, part, a, b, []
  + COLLECT { MATCH (a)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(a)] AS of_a,
  []
    + COLLECT { MATCH (b)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(b)] AS of_b
WITH events_back, part, a, b, of_a, of_b,
  {
    digest: [r IN of_a WHERE r.digest IS NOT NULL | nullIf(r.digest, [false])][0],
    parameter_names: [r IN of_a WHERE r.parameter_names IS NOT NULL | nullIf(r.parameter_names, [false])][0],
    parameter_digests: [r IN of_a WHERE r.parameter_digests IS NOT NULL | nullIf(r.parameter_digests, [false])][0],
    component_id: [r IN of_a WHERE r.component_id IS NOT NULL | nullIf(r.component_id, [false])][0],
    custom_component_id: [r IN of_a WHERE r.custom_component_id IS NOT NULL | nullIf(r.custom_component_id, [false])][0],
    pipeline_root: [r IN of_a WHERE r.pipeline_root IS NOT NULL | nullIf(r.pipeline_root, [false])][0],
    custom_pipeline_root: [r IN of_a WHERE r.custom_pipeline_root IS NOT NULL | nullIf(r.custom_pipeline_root, [false])][0],
    run_id: [r IN of_a WHERE r.run_id IS NOT NULL | nullIf(r.run_id, [false])][0],
    custom_run_id: [r IN of_a WHERE r.custom_run_id IS NOT NULL | nullIf(r.custom_run_id, [false])][0],
    id: of_a[-1].id, type: of_a[-1].type, create_time: of_a[-1].create_time
  } AS in_a,
  {
    digest: [r IN of_b WHERE r.digest IS NOT NULL | nullIf(r.digest, [false])][0],
    parameter_names: [r IN of_b WHERE r.parameter_names IS NOT NULL | nullIf(r.parameter_names, [false])][0],
    parameter_digests: [r IN of_b WHERE r.parameter_digests IS NOT NULL | nullIf(r.parameter_digests, [false])][0],
    component_id: [r IN of_b WHERE r.component_id IS NOT NULL | nullIf(r.component_id, [false])][0],
    custom_component_id: [r IN of_b WHERE r.custom_component_id IS NOT NULL | nullIf(r.custom_component_id, [false])][0],
    pipeline_root: [r IN of_b WHERE r.pipeline_root IS NOT NULL | nullIf(r.pipeline_root, [false])][0],
    custom_pipeline_root: [r IN of_b WHERE r.custom_pipeline_root IS NOT NULL | nullIf(r.custom_pipeline_root, [false])][0],
    run_id: [r IN of_b WHERE r.run_id IS NOT NULL | nullIf(r.run_id, [false])][0],
    custom_run_id: [r IN of_b WHERE r.custom_run_id IS NOT NULL | nullIf(r.custom_run_id, [false])][0],
    id: of_b[-1].id, type: of_b[-1].type, create_time: of_b[-1].create_time
  } AS in_b
WITH *, CASE
  WHEN a IS NULL THEN 'only in b'
  WHEN b IS NULL THEN 'only in a'
  WHEN a = b THEN 'the same'
  WHEN a:Artifact AND in_a.digest = in_b.digest THEN 'the same contents'
END AS plain
CALL (a, in_a, in_b, of_a, of_b, plain) {
  WITH a, in_a, in_b, of_a, of_b, plain
  WHERE plain IS NULL
  UNWIND of_a + of_b AS state
  UNWIND [key IN keys(state) WHERE NOT key IN ['_by', '_until']] AS key
  WITH a, in_a, in_b, of_a, of_b, collect(DISTINCT key) AS keys
  UNWIND keys AS key
  WITH a, in_a, in_b, of_a, of_b, key,
    nullIf(coalesce(
      [r IN of_a WHERE r[key] IS NOT NULL | r[key]][0], // as of $known_at // optional
      of_a[-1][key]), [false]) AS one,
    nullIf(coalesce(
      [r IN of_b WHERE r[key] IS NOT NULL | r[key]][0], // as of $known_at // optional
      of_b[-1][key]), [false]) AS other
  WHERE one IS NOT NULL OR other IS NOT NULL
  WITH a, in_a, in_b, key, one, other, CASE WHEN one IS NULL THEN in_b ELSE in_a END AS own,
    CASE WHEN one IS NULL THEN of_b ELSE of_a END AS past,
    CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7)
      WHEN key STARTS WITH '_' THEN substring(key, 1) ELSE key END AS name
  WITH a, key, one, other, own, past, name,
    CASE WHEN coalesce(one, other) IS :: LIST<ANY> THEN coalesce(one, other)[0] ELSE coalesce(one, other) END AS value,
    [said IN [in_a, in_b] | coalesce(split(split(said.parameter_digests[0], '"' + replace(name, '"', '\\"') + '":"')[1], '"')[0], '')] AS digests
  WHERE NOT (coalesce(one = other, false) AND (a:Artifact OR digests[0] = digests[1])) AND (key IN ['type', 'code_version'] OR CASE
    WHEN a:Artifact THEN NOT key IN ['id', 'name', 'external_id', 'create_time', 'last_update_time', 'start_time',
      'end_time', 'source', 'source_id', 'type_id', 'uri', '_by', '_recorded', '_since']
    ELSE NOT key IN ['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
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
          AND NOT name IN ['component_id', 'pipeline_name', 'pipeline_root', 'run_id', 'state', 'name', 'launcher_type']
      ELSE true
    END
    END)
  WITH key, one, other, digests, coalesce(digests[0] = digests[1] AND one IS :: LIST<ANY> AND other IS :: LIST<ANY>
    AND one[0] CONTAINS '{' AND size(one[0]) = size(other[0]) AND COLLECT {
      UNWIND split(one[0], ['{', '}', '[', ']', ',']) AS part RETURN part ORDER BY part
    } = COLLECT {
      UNWIND split(other[0], ['{', '}', '[', ']', ',']) AS part RETURN part ORDER BY part
    }, false) AS reordered
  ORDER BY key
  RETURN collect(CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7) ELSE key END
    + ': ' + left(coalesce(toStringOrNull(one), toStringOrNull(one[0]), 'not set'), 80)
    + ' / ' + left(coalesce(toStringOrNull(other), toStringOrNull(other[0]), 'not set'), 80)
    + CASE WHEN reordered THEN ': unknown, the order of keys may be all' WHEN digests[0] <> digests[1]
      THEN ': ' + left(digests[0], 19) + ' / ' + left(digests[1], 19) ELSE '' END) AS differences,
    all(one IN collect(reordered) WHERE one) AS only_reordered
}
WITH *, coalesce(plain, CASE
  WHEN differences <> [] AND only_reordered THEN 'unknown'
  WHEN differences <> [] THEN 'differs'
  WHEN a:Execution THEN 'told the same'
  ELSE 'another, contents not known' END) AS verdict
WITH collect({back: events_back, part: part, a: a, b: b, verdict: verdict, differences: differences,
  differs: NOT verdict IN ['the same', 'the same contents', 'told the same']}) AS rows
WITH rows, reduce(all = [], row IN rows | all + CASE WHEN row.differs THEN [row.a, row.b] ELSE [] END) AS different,
  head([row IN rows WHERE row.back = 0 | row.part]) AS own
UNWIND rows AS row
WITH row, row.differs AND (row.back > 0 AND row.part = own OR none(node IN [row.a, row.b] WHERE EXISTS {
  MATCH (node)
    ((here)<-[event:INPUT|OUTPUT
      |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
    ]-(next)
      WHERE true
        AND coalesce(next._recorded, next.create_time) <= $known_at // optional
        AND coalesce(event._recorded, $known_at) <= $known_at // optional
        AND coalesce(event._until > $known_at, true) // optional
    ){1,2} (before)
  WHERE before IN different
})) AS first
RETURN row.back AS events_back, row.part AS part, CASE row.back % 2 WHEN 0 THEN 'a' ELSE 'e' END + row.a.id AS in_a,
  CASE row.back % 2 WHEN 0 THEN 'a' ELSE 'e' END + row.b.id AS in_b, row.verdict AS verdict,
  CASE WHEN first THEN 'here' ELSE 'no' END AS first_divergence, row.differences AS differences
ORDER BY events_back DESC, part, in_a;
