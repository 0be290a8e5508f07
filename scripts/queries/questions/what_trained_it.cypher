// Which data trained a model, through every step back to the raw input.
//
// Ask of a model or any artifact: `:param artifact_id => 45`; browse.upstream draws the same. One row
// an artifact that it was made from, the nearest first. Raw is what nothing made, or only a step that
// itself read nothing. The walk visits each node once, however far back; `of` is how many artifacts there
// are, of which the nearest thousand are shown.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: steps_away, data, raw_input, made_by, uri, digest, since, of
<<revisions.artifact_asked('start')>>
MATCH path = (start)
  ((here)<-[event:<<revisions.events_then('INPUT|OUTPUT')>>-(before)
    WHERE true
      <<revisions.stood('event', 'before')>>
  ){0,} (before_it:Artifact)
WITH before_it AS found, min(length(path)) / 2 AS steps_away
WHERE steps_away > 0 AND found.type <> 'Environment'
WITH collect({node: found, steps_away: steps_away}) AS ancestors
UNWIND ancestors AS one
WITH size(ancestors) AS of, one.node AS found, one.steps_away AS steps_away
ORDER BY steps_away, found.type, found.id
LIMIT 1000
WITH of, found, steps_away, COLLECT {
  MATCH (found)<-[made:<<revisions.events_then('OUTPUT')>>-(maker:Execution)
  WHERE <<revisions.then('maker', '.state', "''", long=true)>> <> 'CACHED'
    <<revisions.stood('made', 'maker')>>
  RETURN DISTINCT maker
  ORDER BY maker.id
}[0] AS maker, <<revisions.states_of('found')>>
WITH of, found, steps_away, maker, <<revisions.as_map('found', 'uri digest custom_input_fingerprint')>> AS said
RETURN steps_away, 'a' + found.id + ' ' + last(split(found.type, '.')) AS data,
  CASE WHEN EXISTS {
    MATCH (maker)<-[read:<<revisions.events_then('INPUT')>>-(input:Artifact)
    WHERE true
      <<revisions.stood('read', 'input')>>
  } THEN 'no' ELSE 'yes' END AS raw_input,
  'e' + maker.id + ' ' + last(split(maker.type, '.')) AS made_by, said.uri AS uri,
  coalesce(said.digest, said.custom_input_fingerprint) AS digest,
  replace(left(toString(found.create_time), 19), 'T', ' ') AS since, of
ORDER BY steps_away, found.type, found.id;
