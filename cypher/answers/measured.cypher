// What evaluations of some artifacts found: artifacts that came out of executions that read them.
//
// Which of them are evaluations the caller tells by their types.
//
// access:  read
// returns: subject_id, execution (node), made (node), role
UNWIND $artifact_ids AS id
MATCH (subject:Artifact {id: id})-[read:INPUT]->(execution:Execution)-[:OUTPUT]->(made:Artifact)
RETURN DISTINCT id AS subject_id, execution, made, read.path[0] AS role
ORDER BY subject_id, execution.id, made.id;
