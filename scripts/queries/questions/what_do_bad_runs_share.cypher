// What bad runs have in common that good ones have not, the likeliest cause first.
//
// Ask of runs: `:param bad_ids => [42]` and `:param good_ids => [34, 48]`; browse.runs lists them.
// Suspects are what the runs' steps were made from - artifacts, executions, environments - and facts:
// values of parameters, versions of code, git commits. What only one of several bad runs has is left
// out, and so are what is no rarer among the good, and the steps of an only bad run themselves.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: bad, good, suspect, what, nearest
UNWIND [id IN $bad_ids | [id, true]] + [id IN $good_ids | [id, false]] AS asked
MATCH (run:Context {id: asked[0]})
WHERE true
  <<revisions.known('run')>>
WITH asked, run, <<revisions.changes_of('run', 'of_run')>>
WITH asked[1] AS is_bad, run, <<revisions.by('of_run', 'run', 'git_commit')>> AS commit
CALL (run) {
  MATCH (run)<-[of:ASSOCIATED_WITH]-(step:Execution)
  <<revisions.where_known('of', 'step')>>
  MATCH path = (step)
    ((here)<-[event:<<revisions.events_then('INPUT|OUTPUT|INTERNAL_INPUT')>>-(before)
      WHERE true
        <<revisions.stood('event', 'before')>>
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
  WITH node, type, <<revisions.states_of('node')>>
  WITH type, past, <<revisions.as_map('node', history.of_parameters)>> AS said
  <<history.contents('type, past, said')>>
  WHERE key = 'code_version' OR <<history.is_parameter('said', with_code=true)>>
  RETURN CASE key WHEN 'code_version' THEN 'code' ELSE 'parameter' END AS suspect,
    type + ' ' + name AS what,
    coalesce(<<history.digest('said')>>,
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
