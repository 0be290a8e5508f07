// The ways in by when something was deleted: tombstones by kind, and what was purged.
//
// A tombstone is a node that has `_deleted`, `_deleted_by` and maybe `_deleted_why`, and of what it said only its
// labels, ids, type, times and edges. What was purged is told beside the graph by a GraphstoreDeletion. A context
// that was deleted has no name to be known by: imports know it by its source and its id there. A GraphstoreLease
// lets one deletion go on at a time.
//
// access: schema
CREATE INDEX artifact_deleted IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.`_deleted`);
CREATE INDEX execution_deleted IF NOT EXISTS
FOR (execution:Execution) ON (execution.`_deleted`);
CREATE INDEX context_deleted IF NOT EXISTS
FOR (context:Context) ON (context.`_deleted`);
CREATE INDEX context_source IF NOT EXISTS
FOR (context:Context) ON (context.source, context.source_id);
CREATE CONSTRAINT lease_name IF NOT EXISTS
FOR (lease:GraphstoreLease) REQUIRE lease.name IS UNIQUE;
CREATE INDEX deletion_deleted IF NOT EXISTS
FOR (deletion:GraphstoreDeletion) ON (deletion.`_deleted`);
