// How many nodes some types have, of every version, each counted up to a bound.
//
// The way in is the index by type, which serves only who asks for nodes that have an id. What was
// deleted is counted, too: a tombstone keeps its type.
//
// access:  read
// as_of:   yes
// returns: kind, type, count
UNWIND $artifact_types AS type
CALL (type) {
  MATCH (artifact:Artifact {type: type})
  WHERE artifact.id IS NOT NULL
    AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  WITH artifact LIMIT $limit
  RETURN count(artifact) AS count
}
RETURN 'artifact' AS kind, type, count
UNION ALL
UNWIND $execution_types AS type
CALL (type) {
  MATCH (execution:Execution {type: type})
  WHERE execution.id IS NOT NULL
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  WITH execution LIMIT $limit
  RETURN count(execution) AS count
}
RETURN 'execution' AS kind, type, count
UNION ALL
UNWIND $context_types AS type
CALL (type) {
  MATCH (context:Context {type: type})
  WHERE context.id IS NOT NULL
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
  WITH context LIMIT $limit
  RETURN count(context) AS count
}
RETURN 'context' AS kind, type, count;
