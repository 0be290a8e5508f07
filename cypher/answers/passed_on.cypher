// What CACHED steps that read some artifacts passed on, where a walk did not come to it.
//
// A step that read a copy was CACHED with what an earlier one had made of the same contents. Of each
// artifact that was read, and each that was passed on, the first such step is told.
//
// access:  read
// returns: artifact_id, execution (node), output_id, role
// written: from scripts/queries/answers/passed_on.cypher
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})-[:INPUT|DECLARED_INPUT]->(execution:Execution)
WHERE execution.state = 'CACHED'
MATCH (execution)-[event:OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT]->(output:Artifact)
WHERE NOT output.id IN $artifact_ids
WITH id, output, execution, event
ORDER BY execution.id, event.path
WITH id, output, collect([execution, event.path[0]])[0] AS first
RETURN id AS artifact_id, first[0] AS execution, output.id AS output_id, coalesce(first[1], '') AS role
ORDER BY artifact_id, output_id;
