// The ids of the contexts that some artifacts and executions belong to, and of those that these are part of.
//
// access:  read
// returns: context_ids
// planned: once
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (:Artifact {id: id})-[:ATTRIBUTED_TO]->(context:Context)
  RETURN context
  UNION
  UNWIND $execution_ids AS id
  MATCH (:Execution {id: id})-[:ASSOCIATED_WITH]->(context:Context)
  RETURN context
  UNION
  UNWIND $context_ids AS id
  MATCH (context:Context {id: id})
  RETURN context
}
MATCH (context)-[:CHILD_OF*0..]->(whole:Context)
RETURN collect(DISTINCT whole.id) AS context_ids;
