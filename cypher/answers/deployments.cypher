// Which models were deployed where, by whom, and which of these deployments are still live.
//
// A deployment is live until it is retired, by somebody or by the one that replaces it, or deleted.
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
  (deployment)-[:INPUT]->(:Execution {type: 'Retire'})
} AS live
ORDER BY execution.end_time DESC, execution.id DESC;
