// The deployments and pushes that are in production if $live, and deployments that are planned.
//
// access:  read
// returns: ids (of artifacts)
CALL () {
  <<history.in_production()>>
  RETURN artifact.id AS id
  UNION
  MATCH (execution:Execution {type: 'Deploy'})-[:OUTPUT]->(artifact:Artifact {type: 'Deployment'})
  WHERE artifact.id IS NOT NULL AND artifact._deleted IS NULL
    AND coalesce(coalesce(execution.end_time, execution.create_time) > datetime(), false)
  RETURN artifact.id AS id
}
RETURN collect(id) AS ids;
