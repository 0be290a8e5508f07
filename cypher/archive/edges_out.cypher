// The events that lead from some executions to artifacts that are not among some, counted by type.
//
// access:  read
// returns: type, count
UNWIND $execution_ids AS id
MATCH (:Execution {id: id})
  -[event:INPUT|DECLARED_INPUT|INTERNAL_INPUT|OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(artifact:Artifact)
WHERE NOT artifact.id IN $artifact_ids
RETURN type(event) AS type, count(*) AS count;
