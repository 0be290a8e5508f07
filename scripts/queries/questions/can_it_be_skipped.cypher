// Whether a step could be skipped: which earlier executions did the same from the same inputs.
//
// Ask of an execution: `:param execution_id => 44`. Of the 50 earlier ones of its type those that come
// closest are first; the answer is yes where one is COMPLETE, its inputs are the same (artifacts, or
// contents), it was told the same by the same code, and what it made is still there. Executions that
// were recorded have a fingerprint of all that, and of more, such as the properties that inputs had then:
// if two differ the answer is no. They say why they ran if the contents of an input were not known, or an
// output was gone. A dict is JSON text, whose keys the recorder sorts, and others need
// not: where two texts have the same parts in another order the answer is unknown.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: can_it, earlier, state, inputs, parameters, code, outputs, differences
MATCH (step:Execution {id: $execution_id})
WHERE true
  <<revisions.known('step')>>
MATCH (earlier:Execution {type: step.type})
WHERE earlier.id < step.id
  AND <<revisions.then('earlier', '.state', "''")>> <> 'CACHED'
  <<revisions.known('earlier')>>
WITH step, earlier
ORDER BY earlier.type DESC, earlier.id DESC
LIMIT 50
// The step, and the earlier ones, by the same lines.
WITH step, collect(earlier) AS earlier_ones
WITH [step] + earlier_ones AS steps
UNWIND steps AS execution
WITH execution, <<revisions.states_of('execution')>>, COLLECT {
  MATCH (execution)<-[event:<<revisions.events_then('INPUT')>>-(input:Artifact)
  WHERE true
    <<revisions.stood('event', 'input')>>
  WITH event, input, <<revisions.changes_of('input', 'of_input')>>
  RETURN DISTINCT coalesce(event.path[0], '') + ' '
    + coalesce(<<revisions.by('of_input', 'input', 'digest')>>, 'a' + input.id) AS read
  ORDER BY read
} AS read, COUNT {
  MATCH (execution)-[made:<<revisions.events_then('OUTPUT|INTERNAL_OUTPUT')>>->(output:Artifact)
  WHERE true
    <<revisions.stood('made', 'output')>>
    AND NOT <<revisions.then('output', '.state', "'LIVE'", long=true)>> IN ['LIVE', [false]]
} AS gone
WITH past, read, gone, <<revisions.as_map('execution', 'state fingerprint not_skipped inputs_changed ' + history.of_code + ' ' + history.of_parameters)>> AS own
WITH own, read, gone, COLLECT {
  WITH own, past
  <<history.contents('own, past')>>
  WHERE <<history.is_parameter('own')>>
  RETURN {name: name, value: content,
    digest: coalesce(<<history.digest('own')>>, ''),
    parts: CASE WHEN content IS :: LIST<ANY> AND content[0] CONTAINS '{' THEN COLLECT {
      UNWIND split(content[0], ['{', '}', '[', ']', ',']) AS part RETURN part ORDER BY part
    } ELSE [] END} AS pair ORDER BY name
} AS told
ORDER BY own.id DESC
WITH collect({own: own, read: read, gone: gone, told: told}) AS all
UNWIND all[1..] AS one
WITH all[0].own AS said, all[0].read AS inputs, all[0].told AS told_now, one.own AS was, one.read AS read, one.gone AS gone,
  one.told AS told_then
WITH said, was, read = inputs AS same_inputs, gone, told_now, told_then,
  [pair IN told_now WHERE any(other IN told_then WHERE other <> pair AND other.name = pair.name
    AND other.digest = pair.digest AND other.parts = pair.parts AND pair.parts <> []) | pair.name] AS reordered,
  <<history.code('said')>>
  = <<history.code('was')>> AS same_code,
  [one IN inputs WHERE NOT one IN read] + [one IN read WHERE NOT one IN inputs | 'not ' + one] AS others
WITH *, [pair IN told_now WHERE NOT pair IN told_then AND NOT pair.name IN reordered | pair.name]
    + [pair IN told_then WHERE NOT pair.name IN [other IN told_now | other.name] | pair.name] AS told,
  coalesce(said.fingerprint <> was.fingerprint, false) AS unlike
WITH *, CASE
  WHEN coalesce(was.state, '') <> 'COMPLETE' OR NOT same_inputs OR told <> [] OR NOT same_code OR gone > 0
    OR said.not_skipped IS NOT NULL OR was.inputs_changed IS NOT NULL THEN 'no'
  WHEN unlike THEN 'no'
  WHEN reordered <> [] THEN 'unknown'
  ELSE 'yes'
END AS can_it
RETURN can_it,
  'e' + was.id + ' ' + last(split(was.type, '.')) AS earlier, was.state AS state,
  CASE WHEN same_inputs THEN 'the same' ELSE 'others' END AS inputs,
  CASE WHEN told <> [] THEN 'others' WHEN reordered <> [] THEN 'unknown' ELSE 'the same' END AS parameters,
  CASE WHEN same_code THEN 'the same' ELSE 'changed' END AS code,
  CASE gone WHEN 0 THEN 'there' ELSE gone + ' gone' END AS outputs,
  [one IN others | 'input ' + left(one, 60)] + [key IN told | 'parameter ' + key]
    + [key IN reordered | 'parameter ' + key + ', or only the order of its keys: unknown']
    + [why IN ['fingerprint: what is not recorded, such as properties of an input as they were']
      WHERE unlike AND same_inputs AND told = [] AND same_code AND reordered = []]
    + [why IN [said.not_skipped, 'of the earlier one is known: ' + was.inputs_changed] WHERE why IS NOT NULL] AS differences
ORDER BY CASE can_it WHEN 'yes' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END, size(others) + size(told), was.id DESC
LIMIT 10;
