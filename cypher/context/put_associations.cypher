// Make executions belong to contexts; what belongs already stays as it is.
//
// The executions are locked first, in the order of the rows, so that the test holds until the end.
//
// access:  write
// returns: matched (rows whose two ends exist)
// written: from scripts/queries/context/put_{belonging}.cypher
UNWIND $associations AS row
MATCH (execution:Execution {id: row.execution_id})
MATCH (context:Context {id: row.context_id})
SET execution.id = execution.id
WITH collect({execution: execution, context: context}) AS pairs
CALL (pairs) {
  UNWIND pairs AS pair
  WITH pair.execution AS execution, pair.context AS context
  WHERE NOT EXISTS { (execution)-[:ASSOCIATED_WITH]->(context) }
  CREATE (execution)-[:ASSOCIATED_WITH]->(context)
}
RETURN size(pairs) AS matched;
