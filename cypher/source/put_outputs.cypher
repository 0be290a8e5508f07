// Record events between what was imported from a source; rows name both ends by their ids there.
//
// The numbers of rows are the order in which they were recorded there.
//
// access:  write
// returns: matched (the numbers of the rows whose two ends exist), created
// written: from scripts/queries/source/put_{side}.cypher
// planned: once for $rows
UNWIND $rows AS row
MATCH (artifact:Artifact {source: $source, source_id: row.artifact_id})
MATCH (execution:Execution {source: $source, source_id: row.execution_id})
WITH row, artifact, execution, datetime({epochMillis: datetime.transaction().epochMillis}) AS now,
  NOT EXISTS {
    MATCH (execution)-[event:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]->(artifact)
    WHERE type(event) = row.type AND event.path = row.path
  } AS is_new
MERGE (execution)-[event:$(row.type) {path: row.path}]->(artifact)
  ON CREATE SET event.ordinal = row.number, event.time =
    CASE WHEN row.time IS NOT NULL THEN datetime({epochMillis: row.time}) END,
    event += CASE
      WHEN coalesce(artifact._recorded, artifact.create_time) < now
        AND coalesce(execution._recorded, execution.create_time) < now
      THEN {_recorded: now, _by: $by} ELSE {} END
RETURN collect(row.number) AS matched, sum(toInteger(is_new)) AS created;
