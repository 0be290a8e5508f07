// What bad runs have in common that good ones have not, the likeliest cause first.
//
// Ask of runs: `:param bad_ids => [42]` and `:param good_ids => [34, 48]`; browse.runs lists them.
// Suspects are what the runs' steps were made from - artifacts, executions, environments - and facts:
// values of parameters, versions of code, git commits. What only one of several bad runs has is left
// out, and so are what is no rarer among the good, and the steps of an only bad run themselves.
//
// access:  read
// returns: bad, good, suspect, what, nearest
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
    <<history.name()>>,
    <<history.value('said')>>
  WHERE node:Execution AND (key = 'code_version' OR <<history.is_parameter('said', with_code=true)>>)
  RETURN CASE key WHEN 'code_version' THEN 'code' ELSE 'parameter' END AS suspect,
    type + ' ' + name AS what,
    coalesce(<<history.digest('said')>>,
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
