// What can stand in for a run of this fingerprint: complete executions whose outputs are all there.
//
// The newest first. Executions that were themselves CACHED are not among them; what they passed on
// is found at the one that made it. Outputs are also what a step was given and returned as it was
// (INTERNAL_OUTPUT).
//
// access:  read
// returns: execution (node), outputs (list of {artifact, path, ordinal})
MATCH (earlier:Execution {fingerprint: $fingerprint})
WHERE earlier.state = 'COMPLETE' AND NOT EXISTS {
  (earlier)-[:OUTPUT|INTERNAL_OUTPUT]->(output:Artifact) WHERE coalesce(output.state, 'UNKNOWN') <> 'LIVE'
}
RETURN earlier AS execution, COLLECT {
  MATCH (earlier)-[event:OUTPUT|INTERNAL_OUTPUT]->(output:Artifact)
  RETURN {artifact: output, path: event.path, ordinal: event.ordinal}
} AS outputs
ORDER BY coalesce(earlier.end_time, earlier.create_time) DESC, earlier.id DESC
LIMIT $limit;
