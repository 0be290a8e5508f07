// What was deployed or pushed, ever.
//
// access:  read
// returns: ids
MATCH (artifact:Artifact)
WHERE artifact.type IN ['Deployment', 'PushedModel', 'ModelPushPath'] AND artifact.id IS NOT NULL
RETURN collect(artifact.id) AS ids;
