// Where the file of a model is, with the digest to check it by, and where copies of it were put.
//
// Ask of any artifact: `:param artifact_id => 45`. The state is what was recorded last; whether the
// file still is what it was, `graphstore verify` looks at.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: what, where, state, digest, since
<<revisions.artifact_asked()>>
WITH artifact, <<revisions.states_of('artifact')>>
WITH artifact, <<revisions.as_map('artifact', 'uri state digest')>> AS said
RETURN 'a' + artifact.id + ' ' + last(split(artifact.type, '.')) AS what, said.uri AS where,
  CASE WHEN artifact._deleted IS NULL THEN said.state ELSE 'deleted' END AS state,
  coalesce(said.digest, 'none was recorded') AS digest,
  replace(left(toString(artifact.create_time), 19), 'T', ' ') AS since
UNION
<<revisions.artifact_asked()>>
MATCH (artifact)-[read:<<revisions.events_then('INPUT')>>->(execution:Execution)
WHERE true
  <<revisions.stood('read', 'execution')>>
MATCH (execution)-[made:<<revisions.events_then('OUTPUT')>>->(copy:Artifact)
WHERE last(split(copy.type, '.')) IN ['PushedModel', 'ModelPushPath', 'Deployment', 'Endpoint']
  AND <<revisions.then('execution', '.state', "''", long=true)>> <> 'CACHED'
  <<revisions.stood('made', 'copy')>>
WITH DISTINCT copy
WITH copy, <<revisions.states_of('copy')>>
WITH copy, <<revisions.as_map('copy', 'uri state digest custom_pushed custom_pushed_destination target')>> AS said
ORDER BY copy.create_time
RETURN 'a' + copy.id + ' ' + last(split(copy.type, '.')) AS what,
  CASE said.custom_pushed WHEN 0 THEN 'nowhere: its step ran and pushed nothing'
    ELSE coalesce(said.custom_pushed_destination, said.uri, said.target) END AS where,
  CASE WHEN copy._deleted IS NULL THEN said.state ELSE 'deleted' END AS state, coalesce(said.digest, 'none was recorded') AS digest,
  replace(left(toString(copy.create_time), 19), 'T', ' ') AS since;
