// A picture of how models grew out of each other, by warm starts.
//
// Each model, the execution that made it, and the model that this one read as its base_model.
//
// access:  read
// returns: base (node), read (relationship), execution (node), made (relationship), model (node)
MATCH (base:Artifact)-[read:INPUT]->(execution:Execution)-[made:OUTPUT]->(model:Artifact)
WHERE read.path[0] = 'base_model' AND base.type = model.type
RETURN base, read, execution, made, model
ORDER BY execution.create_time
LIMIT 300;
