// The ways in to lists by type and by the time of the last update, as V002 has them by type and by the other orders.
//
// What somebody wrote without such a time is in no such list, and in none of these indexes.
//
// access: schema
CREATE INDEX artifact_type_last_update_time IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.type, artifact.last_update_time, artifact.id);
CREATE INDEX execution_type_last_update_time IF NOT EXISTS
FOR (execution:Execution) ON (execution.type, execution.last_update_time, execution.id);
CREATE INDEX context_type_last_update_time IF NOT EXISTS
FOR (context:Context) ON (context.type, context.last_update_time, context.id);
