// The deployments and pushes that are in production if $live, and deployments that are planned.
//
// access:  read
// returns: ids (of artifacts)
// written: from scripts/queries/deletion/serving.cypher
CALL () {
  MATCH (artifact:Artifact)
  WHERE artifact.type IN ['Deployment', 'PushedModel', 'ModelPushPath'] AND artifact.id IS NOT NULL
  MATCH (model:Artifact)-[read:INPUT]->(execution:Execution)-[made:OUTPUT]->(artifact)
  WHERE read.path[0] IN ['model', 'model_export']
    AND coalesce(execution.state, '') <> 'CACHED'
  WITH artifact, model, execution, properties(artifact) AS said,
    coalesce(execution.end_time, execution.start_time, artifact.create_time) AS since
  WITH artifact, model, execution, since, said, coalesce(said.custom_pushed_destination, said.pushed_destination) AS to,
    datetime() AS moment
  WHERE since <= $on AND NOT ($live AND artifact.type = 'Deployment' AND coalesce(since > moment, false))
    AND (artifact._deleted IS NULL OR artifact.type = 'Deployment' AND (NOT $live OR artifact._deleted > moment))
    AND coalesce(said.custom_pushed, said.pushed, 1) <> 0 AND coalesce(said.state, '') <> 'ABANDONED'
    AND NOT EXISTS {
      MATCH (artifact)-[ended:INPUT]->(retire:Execution {type: 'Retire'})
      WHERE coalesce(retire.end_time, retire.create_time) <= $on
        AND NOT ($live AND coalesce(coalesce(retire.end_time, retire.create_time) > moment, false))
    }
  WITH artifact, model, execution, since, said.state AS state, coalesce(said.target, to, said.uri) AS target,
    CASE artifact.type WHEN 'Deployment' THEN 'a' + artifact.id
      ELSE coalesce(left(to, size(to) - size(last(split(to, '/')))), 'a' + artifact.id) END AS place
  ORDER BY since DESC, artifact.id DESC
  WITH place, collect({artifact: artifact, model: model, execution: execution, since: since, target: target, state: state})[0] AS one
  WITH place, one.target AS target, one.artifact AS artifact, one.model AS model, one.execution AS execution,
    one.since AS since, one.state AS state
  WHERE NOT $live OR coalesce(state, 'LIVE') IN ['LIVE', 'UNKNOWN']
  RETURN artifact.id AS id
  UNION
  MATCH (execution:Execution {type: 'Deploy'})-[:OUTPUT]->(artifact:Artifact {type: 'Deployment'})
  WHERE artifact.id IS NOT NULL AND artifact._deleted IS NULL
    AND coalesce(coalesce(execution.end_time, execution.create_time) > datetime(), false)
  RETURN artifact.id AS id
}
RETURN collect(id) AS ids;
