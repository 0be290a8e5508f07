// Which of some artifacts some execution made, and did not only pass on; by id.
//
// CACHED executions pass on what an earlier one made, and resolvers (INTERNAL_OUTPUT) what they chose.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids
// returns: id
// written: from scripts/queries/answers/made.cypher
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})
WHERE EXISTS {
  MATCH (artifact)<-[event:OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT
    |RETRACTED_OUTPUT // as of $known_at // optional
  ]-(execution:Execution)
  WHERE coalesce(
    COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], // optional
    execution.state, 'UNKNOWN') <> 'CACHED'
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
}
RETURN DISTINCT id
ORDER BY id;
