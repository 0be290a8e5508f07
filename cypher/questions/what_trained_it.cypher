// Which data trained a model, through every step back to the raw input.
//
// Ask of a model or any artifact: `:param artifact_id => 45`; browse.upstream draws the same. One row
// an artifact that it was made from, the nearest first. Raw is what nothing made, or only a step that
// itself read nothing. The walk visits each node once, however far back; `of` is how many artifacts there
// are, of which the nearest thousand are shown.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: steps_away, data, raw_input, made_by, uri, digest, since, of
// written: from scripts/queries/questions/what_trained_it.cypher
MATCH (start:Artifact {id: $artifact_id})
WHERE true
  AND coalesce(start._recorded, start.create_time) <= $known_at // optional
MATCH path = (start)
  ((here)<-[event:INPUT|OUTPUT
    |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
  ]-(before)
    WHERE true
      AND coalesce(before._recorded, before.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
  ){0,} (before_it:Artifact)
WITH before_it AS found, min(length(path)) / 2 AS steps_away
WHERE steps_away > 0 AND found.type <> 'Environment'
WITH collect({node: found, steps_away: steps_away}) AS ancestors
UNWIND ancestors AS one
WITH size(ancestors) AS of, one.node AS found, one.steps_away AS steps_away
ORDER BY steps_away, found.type, found.id
LIMIT 1000
WITH of, found, steps_away, COLLECT {
  MATCH (found)<-[made:OUTPUT
    |RETRACTED_OUTPUT // as of $known_at // optional
  ]-(maker:Execution)
  WHERE coalesce(
    COLLECT { MATCH (maker)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL // optional
      RETURN r.state ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
    maker.state, '') <> 'CACHED'
    AND coalesce(maker._recorded, maker.create_time) <= $known_at // optional
    AND coalesce(made._recorded, $known_at) <= $known_at // optional
    AND coalesce(made._until > $known_at, true) // optional
  RETURN DISTINCT maker
  ORDER BY maker.id
}[0] AS maker, []
  + COLLECT { MATCH (found)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(found)] AS past
WITH of, found, steps_away, maker, {
  uri: [r IN past WHERE r.uri IS NOT NULL | nullIf(r.uri, [false])][0],
  digest: [r IN past WHERE r.digest IS NOT NULL | nullIf(r.digest, [false])][0],
  custom_input_fingerprint: [r IN past WHERE r.custom_input_fingerprint IS NOT NULL | nullIf(r.custom_input_fingerprint, [false])][0],
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS said
RETURN steps_away, 'a' + found.id + ' ' + last(split(found.type, '.')) AS data,
  CASE WHEN EXISTS {
    MATCH (maker)<-[read:INPUT
      |RETRACTED_INPUT // as of $known_at // optional
    ]-(input:Artifact)
    WHERE true
      AND coalesce(input._recorded, input.create_time) <= $known_at // optional
      AND coalesce(read._recorded, $known_at) <= $known_at // optional
      AND coalesce(read._until > $known_at, true) // optional
  } THEN 'no' ELSE 'yes' END AS raw_input,
  'e' + maker.id + ' ' + last(split(maker.type, '.')) AS made_by, said.uri AS uri,
  coalesce(said.digest, said.custom_input_fingerprint) AS digest,
  replace(left(toString(found.create_time), 19), 'T', ' ') AS since, of
ORDER BY steps_away, found.type, found.id;
