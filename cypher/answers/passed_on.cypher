// What CACHED steps that read some artifacts passed on, where a walk did not come to it.
//
// A step that read a copy was CACHED with what an earlier one had made of the same contents. Of each
// artifact that was read, and each that was passed on, the first such step is told.
//
// access:  read
// as_of:   yes
// returns: artifact_id, execution (node), output_id, role
// written: from scripts/queries/answers/passed_on.cypher
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})-[read:INPUT|DECLARED_INPUT
  |RETRACTED_INPUT // as of $known_at // optional
]->(execution:Execution)
WHERE coalesce(
  COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], // optional
  execution.state) = 'CACHED'
  AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  AND coalesce(read._recorded, $known_at) <= $known_at // optional
  AND coalesce(read._until > $known_at, true) // optional
MATCH (execution)-[event:OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT
  |RETRACTED_OUTPUT // as of $known_at // optional
]->(output:Artifact)
WHERE NOT output.id IN $artifact_ids
  AND coalesce(output._recorded, output.create_time) <= $known_at // optional
  AND coalesce(event._recorded, $known_at) <= $known_at // optional
  AND coalesce(event._until > $known_at, true) // optional
WITH id, output, execution, event
ORDER BY execution.id, event.path
WITH id, output, collect([execution, event.path[0]])[0] AS first
WITH id, output, first[0] AS execution, coalesce(first[1], '') AS role
RETURN id AS artifact_id, execution {
  _past: [(execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS execution,
  output.id AS output_id, role
ORDER BY artifact_id, output_id;
