// Which models were deployed where, by whom, and which of these deployments are still live.
//
// A deployment is live unless a later one replaced it, somebody retired it, or it was deleted.
//
// access:  read
// returns: deployment (node), model (node), execution (node), live
MATCH (deployment:Artifact {type: 'Deployment'})
WHERE true
  AND deployment.target = $target // optional
MATCH (execution:Execution {type: 'Deploy'})-[:OUTPUT]->(deployment)
MATCH (model:Artifact)-[read:INPUT]->(execution)
WHERE read.path[0] = 'model'
  AND model.id = $model_id // optional
RETURN deployment, model, execution, deployment.state = 'LIVE' AND NOT EXISTS {
  (deployment)-[ended:INPUT]->(:Execution) WHERE ended.path[0] IN ['replaces', 'retires']
} AS live
ORDER BY execution.end_time DESC, execution.id DESC;
