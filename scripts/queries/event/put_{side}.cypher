// Record that executions <<{'inputs': 'read', 'outputs': 'made'}[side]>> artifacts; an event that is there already stays as it is.
//
// An event is told from others by its two ends, its type and its path. All types are named where
// it is looked for: of a pattern without, the planner of a young database makes a scan of all
// relationships, for each row.
//
// access:  write
// returns: matched (rows whose two ends exist), created (events that were not there)
// planned: once
WITH <<times.now>> AS now
UNWIND $<<side>> AS row
MATCH (artifact:Artifact {id: row.artifact_id})
MATCH (execution:Execution {id: row.execution_id})
SET artifact.id = artifact.id
WITH now, collect({row: row, artifact: artifact, execution: execution}) AS items
CALL (now, items) {
  UNWIND items AS item
  WITH item.row AS row, item.artifact AS artifact, item.execution AS execution
  WHERE NOT EXISTS {
    MATCH <<events.between(side, 'event:' + events[side])>>
    WHERE type(event) = row.type AND event.path = row.path
  }
  CREATE <<events.between(side, 'event:$(row.type) {path: row.path}')>>
  SET <<events.stored()>>,
    <<revisions.joined('event', 'artifact', 'execution')>>
  RETURN count(*) AS created
}
RETURN size(items) AS matched, created;
