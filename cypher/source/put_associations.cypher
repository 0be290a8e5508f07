// Make executions that were imported from a source, named by their ids there, belong to contexts.
//
// access:  write
// returns: matched (the numbers of the rows whose two ends exist), created
// written: from scripts/queries/source/put_{belonging}.cypher
// planned: once for $rows
UNWIND $rows AS row
MATCH (execution:Execution {source: $source, source_id: row.execution_id})
MATCH (context:Context {id: row.context})
WITH row, execution, context, datetime({epochMillis: datetime.transaction().epochMillis}) AS now,
  NOT EXISTS { (execution)-[:ASSOCIATED_WITH]->(context) } AS is_new
MERGE (execution)-[edge:ASSOCIATED_WITH]->(context)
  ON CREATE SET edge += CASE
    WHEN coalesce(execution._recorded, execution.create_time) < now
      AND coalesce(context._recorded, context.create_time) < now
    THEN {_recorded: now, _by: $by} ELSE {} END
RETURN collect(row.number) AS matched, sum(toInteger(is_new)) AS created;
