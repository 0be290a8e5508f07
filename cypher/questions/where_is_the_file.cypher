// Where the file of a model is, with the digest to check it by, and where copies of it were put.
//
// Ask of any artifact: `:param artifact_id => 45`. The state is what was recorded last; whether the
// file still is what it was, `graphstore verify` looks at.
//
// access:  read
// returns: what, where, state, digest, since
MATCH (artifact:Artifact {id: $artifact_id})
RETURN 'a' + artifact.id + ' ' + last(split(artifact.type, '.')) AS what, artifact.uri AS where,
  CASE WHEN artifact._deleted IS NULL THEN artifact.state ELSE 'deleted' END AS state,
  coalesce(properties(artifact).digest, 'none was recorded') AS digest,
  replace(left(toString(artifact.create_time), 19), 'T', ' ') AS since
UNION
MATCH (:Artifact {id: $artifact_id})-[:INPUT]->(execution:Execution)-[:OUTPUT]->(copy:Artifact)
WHERE last(split(copy.type, '.')) IN ['PushedModel', 'ModelPushPath', 'Deployment', 'Endpoint']
  AND coalesce(execution.state, '') <> 'CACHED'
WITH DISTINCT copy, properties(copy) AS said
ORDER BY copy.create_time
RETURN 'a' + copy.id + ' ' + last(split(copy.type, '.')) AS what,
  CASE said.custom_pushed WHEN 0 THEN 'nowhere: its step ran and pushed nothing'
    ELSE coalesce(said.custom_pushed_destination, copy.uri, said.target) END AS where,
  CASE WHEN copy._deleted IS NULL THEN copy.state ELSE 'deleted' END AS state, coalesce(said.digest, 'none was recorded') AS digest,
  replace(left(toString(copy.create_time), 19), 'T', ' ') AS since;
