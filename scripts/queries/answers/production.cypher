// What was in production at a moment: models deployed or pushed by then that nothing had replaced.
//
// Deployments (`store.decisions`) and pushes of TFX's alike, in the order of their own times, the last
// first: when the execution ended, or else when the store learnt of the artifact. A deployment serves
// until it is retired or replaced, a push until a later one goes to the same folder. If $live asks for
// what is there now, what was deleted since is left out, and deployments that are yet to come are. Of
// tombstones deployments of the past are told, whose target nobody knows any more; of a push nobody knows
// whether it put anything there.
//
// access:  read
// returns: place, target, artifact (node), model (node), execution (node), since, user
MATCH (artifact:Artifact)
WHERE artifact.type IN ['Deployment', 'PushedModel', 'ModelPushPath'] AND artifact.id IS NOT NULL
MATCH (model:Artifact)-[read:INPUT]->(execution:Execution)-[:OUTPUT]->(artifact)
WHERE read.path[0] IN ['model', 'model_export'] AND coalesce(execution.state, '') <> 'CACHED'
WITH artifact, model, execution, properties(artifact) AS said,
  coalesce(execution.end_time, execution.start_time, artifact.create_time) AS since
WITH artifact, model, execution, since, said, coalesce(said.custom_pushed_destination, said.pushed_destination) AS to
WHERE since <= $as_of AND NOT ($live AND artifact.type = 'Deployment' AND coalesce(since > datetime(), false))
  AND (artifact._deleted IS NULL OR NOT $live AND artifact.type = 'Deployment')
  AND <<history.put_there('said')>>
  AND NOT EXISTS {
    MATCH (artifact)-[:INPUT]->(retire:Execution {type: 'Retire'})
    WHERE coalesce(retire.end_time, retire.create_time) <= $as_of
      AND NOT ($live AND coalesce(coalesce(retire.end_time, retire.create_time) > datetime(), false))
  }
WITH artifact, model, execution, since, coalesce(said.target, to, artifact.uri) AS target,
  CASE artifact.type WHEN 'Deployment' THEN 'a' + artifact.id
    ELSE coalesce(left(to, size(to) - size(last(split(to, '/')))), 'a' + artifact.id) END AS place
ORDER BY since DESC, artifact.id DESC
WITH place, collect({artifact: artifact, model: model, execution: execution, since: since, target: target})[0] AS one
WITH place, one.target AS target, one.artifact AS artifact, one.model AS model, one.execution AS execution, one.since AS since
WHERE NOT $live OR coalesce(artifact.state, 'LIVE') IN ['LIVE', 'UNKNOWN']
RETURN place, target, artifact, model, execution, since, <<history.user_of()>> AS user
ORDER BY since DESC, artifact.id DESC;
