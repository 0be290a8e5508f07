// The ways in that are not an identity: where an artifact is, and lists by type and by time.
//
// A list is ordered by the properties of its index, so that a page is read from the index and
// nothing is sorted; that is why the type comes first in the order too (ORDER BY n.type, n.id).
//
// access: schema
CREATE INDEX artifact_uri IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.uri);
CREATE INDEX artifact_type IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.type, artifact.id);
CREATE INDEX artifact_type_create_time IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.type, artifact.create_time, artifact.id);
CREATE INDEX artifact_create_time IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.create_time, artifact.id);
CREATE INDEX artifact_last_update_time IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.last_update_time, artifact.id);

CREATE INDEX execution_type IF NOT EXISTS
FOR (execution:Execution) ON (execution.type, execution.id);
CREATE INDEX execution_type_create_time IF NOT EXISTS
FOR (execution:Execution) ON (execution.type, execution.create_time, execution.id);
CREATE INDEX execution_create_time IF NOT EXISTS
FOR (execution:Execution) ON (execution.create_time, execution.id);
CREATE INDEX execution_last_update_time IF NOT EXISTS
FOR (execution:Execution) ON (execution.last_update_time, execution.id);

CREATE INDEX context_type IF NOT EXISTS
FOR (context:Context) ON (context.type, context.id);
CREATE INDEX context_type_create_time IF NOT EXISTS
FOR (context:Context) ON (context.type, context.create_time, context.id);
CREATE INDEX context_create_time IF NOT EXISTS
FOR (context:Context) ON (context.create_time, context.id);
CREATE INDEX context_last_update_time IF NOT EXISTS
FOR (context:Context) ON (context.last_update_time, context.id);
