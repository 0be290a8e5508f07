// Make executions belong to contexts; what belongs already stays as it is.
//
// The executions are locked first, in the order of the rows, so that the test holds until the end.
//
// access:  write
// returns: matched (rows whose two ends exist)
// written: from scripts/queries/context/put_{belonging}.cypher
// planned: once
UNWIND $associations AS row
MATCH (execution:Execution {id: row.execution_id})
MATCH (context:Context {id: row.context_id})
SET execution.id = execution.id
WITH collect({execution: execution, context: context}) AS pairs
CALL (pairs) {
  UNWIND pairs AS pair
  WITH pair.execution AS execution, pair.context AS context
  WHERE NOT EXISTS { (execution)-[:ASSOCIATED_WITH]->(context) }
  CREATE (execution)-[edge:ASSOCIATED_WITH]->(context)
  WITH *, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
  SET edge += CASE
    WHEN coalesce(execution._recorded, execution.create_time) < now
      AND coalesce(context._recorded, context.create_time) < now
    THEN {_recorded: now, _by: $by} ELSE {} END
}
RETURN size(pairs) AS matched;
