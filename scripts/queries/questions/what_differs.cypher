// What differs between two models: data, steps, parameters and base models, where it began first.
//
// Ask of two artifacts: `:param artifact_ids => [32, 45]`. Their histories are laid side by side: what
// stands equally many steps before each, by type, several of one type in the order of ids. A base
// model is compared, and not what it was made from in turn. The first divergence is what differs while
// that which it was made from does not. This is simpler than `graphstore diff`, which aligns by the
// parts that things played and goes through the base models. A dict is JSON text, whose keys the
// recorder sorts, and others need not: where two texts have the same parts in another order the verdict
// is unknown.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: events_back, part, in_a, in_b, verdict, first_divergence, differences
UNWIND [0, 1] AS side
MATCH (model:Artifact {id: $artifact_ids[side]})
WHERE true
  <<revisions.known('model')>>
MATCH path = (model)
  ((here)<-[event:<<revisions.events_then('INPUT|OUTPUT')>>-(before)
    WHERE (here.type <> model.type OR here.id = model.id)
      <<revisions.stood('event', 'before')>>
  ){0,40} (node)
WITH side, node, min(length(path)) AS events_back
WHERE events_back % 2 = CASE WHEN node:Artifact THEN 0 ELSE 1 END
  AND (node:Artifact OR <<revisions.then('node', '.state', "''", long=true)>> <> 'CACHED')
ORDER BY node.id
WITH events_back, last(split(node.type, '.')) AS part,
  collect(CASE side WHEN 0 THEN node END) AS all_a, collect(CASE side WHEN 1 THEN node END) AS all_b
UNWIND range(0, CASE WHEN size(all_a) > size(all_b) THEN size(all_a) ELSE size(all_b) END - 1) AS place
WITH events_back, part, all_a[place] AS a, all_b[place] AS b
WITH events_back, part, a, b, <<revisions.states_of('a', 'of_a')>>,
  <<revisions.states_of('b', 'of_b')>>
WITH events_back, part, a, b, of_a, of_b,
  <<revisions.as_map('a', 'digest ' + history.of_parameters, 'of_a')>> AS in_a,
  <<revisions.as_map('b', 'digest ' + history.of_parameters, 'of_b')>> AS in_b
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
    nullIf(<<revisions.content_of('of_a')>>, [false]) AS one,
    nullIf(<<revisions.content_of('of_b')>>, [false]) AS other
  WHERE one IS NOT NULL OR other IS NOT NULL
  WITH a, in_a, in_b, key, one, other, CASE WHEN one IS NULL THEN in_b ELSE in_a END AS own,
    CASE WHEN one IS NULL THEN of_b ELSE of_a END AS past,
    <<history.name()>>
  WITH a, key, one, other, own, past, name,
    <<history.value('coalesce(one, other)')>>,
    [said IN [in_a, in_b] | coalesce(<<history.digest('said')>>, '')] AS digests
  WHERE NOT (coalesce(one = other, false) AND (a:Artifact OR digests[0] = digests[1])) AND (key IN ['type', 'code_version'] OR CASE
    WHEN a:Artifact THEN NOT key IN ['id', 'name', 'external_id', 'create_time', 'last_update_time', 'start_time',
      'end_time', 'source', 'source_id', 'type_id', 'uri', '_by', '_recorded', '_since']
    ELSE <<history.is_parameter('own', with_code=true)>>
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
    ((here)<-[event:<<revisions.events_then('INPUT|OUTPUT')>>-(next)
      WHERE true
        <<revisions.stood('event', 'next')>>
    ){1,2} (before)
  WHERE before IN different
})) AS first
RETURN row.back AS events_back, row.part AS part, CASE row.back % 2 WHEN 0 THEN 'a' ELSE 'e' END + row.a.id AS in_a,
  CASE row.back % 2 WHEN 0 THEN 'a' ELSE 'e' END + row.b.id AS in_b, row.verdict AS verdict,
  CASE WHEN first THEN 'here' ELSE 'no' END AS first_divergence, row.differences AS differences
ORDER BY events_back DESC, part, in_a;
