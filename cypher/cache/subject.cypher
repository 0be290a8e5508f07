// An execution with what it read and what became of what it made: what a cache compares.
//
// access:  read
// returns: execution (node), inputs (list of {artifact, path}), gone (ids of outputs not there)
MATCH (execution:Execution {id: $execution_id})
RETURN execution, COLLECT {
  MATCH (execution)<-[event:INPUT]-(input:Artifact)
  RETURN {artifact: input, path: event.path}
} AS inputs, COLLECT {
  MATCH (execution)-[:OUTPUT|INTERNAL_OUTPUT]->(output:Artifact)
  WHERE coalesce(output.state, 'UNKNOWN') <> 'LIVE'
  RETURN output.id
} AS gone;
