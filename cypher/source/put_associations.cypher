// Make executions that were imported from a source, named by their ids there, belong to contexts.
//
// access:  write
// returns: matched (the numbers of the rows whose two ends exist), created
// written: from scripts/queries/source/put_{belonging}.cypher
UNWIND $rows AS row
MATCH (execution:Execution {source: $source, source_id: row.execution_id})
MATCH (context:Context {id: row.context})
WITH row, execution, context,
  NOT EXISTS { (execution)-[:ASSOCIATED_WITH]->(context) } AS is_new
MERGE (execution)-[:ASSOCIATED_WITH]->(context)
RETURN collect(row.number) AS matched, sum(toInteger(is_new)) AS created;
