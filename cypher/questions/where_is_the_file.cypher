// Where the file of a model is, with the digest to check it by, and where copies of it were put.
//
// Ask of any artifact: `:param artifact_id => 45`. The state is what was recorded last; whether the
// file still is what it was, `graphstore verify` looks at.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: what, where, state, digest, since
// written: from scripts/queries/questions/where_is_the_file.cypher
MATCH (artifact:Artifact {id: $artifact_id})
WHERE true
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
WITH artifact, []
  + COLLECT { MATCH (artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(artifact)] AS past
WITH artifact, {
  uri: [r IN past WHERE r.uri IS NOT NULL | nullIf(r.uri, [false])][0],
  state: [r IN past WHERE r.state IS NOT NULL | nullIf(r.state, [false])][0],
  digest: [r IN past WHERE r.digest IS NOT NULL | nullIf(r.digest, [false])][0],
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS said
RETURN 'a' + artifact.id + ' ' + last(split(artifact.type, '.')) AS what, said.uri AS where,
  CASE WHEN artifact._deleted IS NULL THEN said.state ELSE 'deleted' END AS state,
  coalesce(said.digest, 'none was recorded') AS digest,
  replace(left(toString(artifact.create_time), 19), 'T', ' ') AS since
UNION
MATCH (artifact:Artifact {id: $artifact_id})
WHERE true
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
MATCH (artifact)-[read:INPUT
  |RETRACTED_INPUT // as of $known_at // optional
]->(execution:Execution)
WHERE true
  AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  AND coalesce(read._recorded, $known_at) <= $known_at // optional
  AND coalesce(read._until > $known_at, true) // optional
MATCH (execution)-[made:OUTPUT
  |RETRACTED_OUTPUT // as of $known_at // optional
]->(copy:Artifact)
WHERE last(split(copy.type, '.')) IN ['PushedModel', 'ModelPushPath', 'Deployment', 'Endpoint']
  AND coalesce(
    COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL // optional
      RETURN r.state ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
    execution.state, '') <> 'CACHED'
  AND coalesce(copy._recorded, copy.create_time) <= $known_at // optional
  AND coalesce(made._recorded, $known_at) <= $known_at // optional
  AND coalesce(made._until > $known_at, true) // optional
WITH DISTINCT copy
WITH copy, []
  + COLLECT { MATCH (copy)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(copy)] AS past
WITH copy, {
  uri: [r IN past WHERE r.uri IS NOT NULL | nullIf(r.uri, [false])][0],
  state: [r IN past WHERE r.state IS NOT NULL | nullIf(r.state, [false])][0],
  digest: [r IN past WHERE r.digest IS NOT NULL | nullIf(r.digest, [false])][0],
  custom_pushed: [r IN past WHERE r.custom_pushed IS NOT NULL | nullIf(r.custom_pushed, [false])][0],
  custom_pushed_destination: [r IN past WHERE r.custom_pushed_destination IS NOT NULL | nullIf(r.custom_pushed_destination, [false])][0],
  target: [r IN past WHERE r.target IS NOT NULL | nullIf(r.target, [false])][0],
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS said
ORDER BY copy.create_time
RETURN 'a' + copy.id + ' ' + last(split(copy.type, '.')) AS what,
  CASE said.custom_pushed WHEN 0 THEN 'nowhere: its step ran and pushed nothing'
    ELSE coalesce(said.custom_pushed_destination, said.uri, said.target) END AS where,
  CASE WHEN copy._deleted IS NULL THEN said.state ELSE 'deleted' END AS state, coalesce(said.digest, 'none was recorded') AS digest,
  replace(left(toString(copy.create_time), 19), 'T', ' ') AS since;
