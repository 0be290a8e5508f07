// What a run of a component can be compared with: earlier ones, what they read, what became of it.
//
// The newest first; CACHED ones are left out, since they did nothing themselves.
//
// access:  read
// returns: execution (node), inputs (list of {artifact, path}), gone (ids of outputs not there)
MATCH (execution:Execution {type: $type})
WHERE execution.id < $execution_id AND (execution.fingerprint IS NOT NULL OR execution.inputs_changed IS NOT NULL)
  AND execution.state <> 'CACHED'
WITH execution
ORDER BY execution.type DESC, execution.id DESC
LIMIT $limit
RETURN execution, COLLECT {
  MATCH (execution)<-[event:INPUT]-(input:Artifact)
  RETURN {artifact: input, path: event.path}
} AS inputs, COLLECT {
  MATCH (execution)-[:OUTPUT|INTERNAL_OUTPUT]->(output:Artifact)
  WHERE coalesce(output.state, 'UNKNOWN') <> 'LIVE'
  RETURN output.id
} AS gone;
