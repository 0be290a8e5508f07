// Which of some events are there, though an archive has that they were taken back.
//
// Rows are [artifact's id, execution's id, type, path].
//
// access:  read
// returns: artifact_id, execution_id, type
UNWIND $retracted AS row
MATCH (execution:Execution {id: row[1]})-[event:INPUT|OUTPUT]-(artifact:Artifact {id: row[0]})
WHERE type(event) = row[2] AND coalesce(event.path, []) = row[3]
RETURN DISTINCT artifact.id AS artifact_id, execution.id AS execution_id, type(event) AS type;
