// What the store has of some runs, jobs and datasets that OpenLineage's events are about; locked until the end.
//
// Whoever takes in events holds the lock from here on, in all processes: what an input means depends on
// what others write.
//
// access:  write
// returns: executions (maps), contexts (maps)
// written: from scripts/queries/openlineage/read.cypher
MERGE (lock:GraphstoreLease {name: 'openlineage'})
SET lock.name = lock.name
WITH lock
CALL () {
  UNWIND $external_ids AS external_id
  MATCH (execution:Execution {external_id: external_id})
  RETURN collect(execution {.id, .type, .external_id, .said, .`_deleted`, .`_deleted_by`, .`_deleted_why`}) AS executions
}
CALL () {
  UNWIND $names AS row
  MATCH (context:Context {type_id: row.type_id, name: row.name})
  RETURN collect(context {.id, .type_id, .name, .said, .`_deleted`, .`_deleted_by`, .`_deleted_why`}) AS contexts
}
RETURN executions, contexts;
