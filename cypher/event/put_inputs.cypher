// Record that executions read artifacts; an event that is there already stays as it is.
//
// An event is told from others by its two ends, its type and its path. All types are named where
// it is looked for: of a pattern without, the planner of a young database makes a scan of all
// relationships, for each row.
//
// access:  write
// returns: matched (rows whose two ends exist), created (events that were not there)
// written: from scripts/queries/event/put_{side}.cypher
// planned: once
WITH datetime({epochMillis: datetime.transaction().epochMillis}) AS now
UNWIND $inputs AS row
MATCH (artifact:Artifact {id: row.artifact_id})
MATCH (execution:Execution {id: row.execution_id})
SET artifact.id = artifact.id
WITH now, collect({row: row, artifact: artifact, execution: execution}) AS items
CALL (now, items) {
  UNWIND items AS item
  WITH item.row AS row, item.artifact AS artifact, item.execution AS execution
  WHERE NOT EXISTS {
    MATCH (artifact)-[event:INPUT|DECLARED_INPUT|INTERNAL_INPUT]->(execution)
    WHERE type(event) = row.type AND event.path = row.path
  }
  CREATE (artifact)-[event:$(row.type) {path: row.path}]->(execution)
  SET event.time = CASE WHEN row.time IS NULL THEN now ELSE datetime({epochMillis: row.time}) END, event.ordinal = row.ordinal,
    event += CASE
      WHEN coalesce(artifact._recorded, artifact.create_time) < now
        AND coalesce(execution._recorded, execution.create_time) < now
      THEN {_recorded: now, _by: $by} ELSE {} END
  RETURN count(*) AS created
}
RETURN size(items) AS matched, created;
