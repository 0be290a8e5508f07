// The ways in by when something was recorded and changed, and when what was imported was recorded.
//
// That is noted on a node only where it is not its create_time, and on an edge only where it is not when
// the later of its ends was recorded; these indexes hold no others. Of what was imported before nobody
// knows when it came: it is taken to have come with the first import of its source, or as it was created.
// An edge whose ends are both older than this file's GraphstoreMigration was recorded at some time after
// them.
//
// access: schema
CREATE INDEX revision_until IF NOT EXISTS
FOR (revision:Revision) ON (revision.`_until`);
CREATE INDEX artifact_recorded IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.`_recorded`);
CREATE INDEX execution_recorded IF NOT EXISTS
FOR (execution:Execution) ON (execution.`_recorded`);
CREATE INDEX context_recorded IF NOT EXISTS
FOR (context:Context) ON (context.`_recorded`);
CREATE INDEX input_recorded IF NOT EXISTS
FOR ()-[event:INPUT]-() ON (event.`_recorded`);
CREATE INDEX declared_input_recorded IF NOT EXISTS
FOR ()-[event:DECLARED_INPUT]-() ON (event.`_recorded`);
CREATE INDEX internal_input_recorded IF NOT EXISTS
FOR ()-[event:INTERNAL_INPUT]-() ON (event.`_recorded`);
CREATE INDEX output_recorded IF NOT EXISTS
FOR ()-[event:OUTPUT]-() ON (event.`_recorded`);
CREATE INDEX declared_output_recorded IF NOT EXISTS
FOR ()-[event:DECLARED_OUTPUT]-() ON (event.`_recorded`);
CREATE INDEX internal_output_recorded IF NOT EXISTS
FOR ()-[event:INTERNAL_OUTPUT]-() ON (event.`_recorded`);
CREATE INDEX pending_output_recorded IF NOT EXISTS
FOR ()-[event:PENDING_OUTPUT]-() ON (event.`_recorded`);
CREATE INDEX attributed_to_recorded IF NOT EXISTS
FOR ()-[edge:ATTRIBUTED_TO]-() ON (edge.`_recorded`);
CREATE INDEX associated_with_recorded IF NOT EXISTS
FOR ()-[edge:ASSOCIATED_WITH]-() ON (edge.`_recorded`);
CREATE INDEX child_of_recorded IF NOT EXISTS
FOR ()-[edge:CHILD_OF]-() ON (edge.`_recorded`);
MATCH (source:GraphstoreSource)
MATCH (artifact:Artifact {source: source.name})
WHERE artifact.source_id IS NOT NULL AND artifact.`_recorded` IS NULL
CALL (source, artifact) {
  SET artifact.`_recorded` = CASE WHEN source.create_time > artifact.create_time
    THEN source.create_time ELSE artifact.create_time END
} IN TRANSACTIONS OF 10000 ROWS;
MATCH (source:GraphstoreSource)
MATCH (execution:Execution {source: source.name})
WHERE execution.source_id IS NOT NULL AND execution.`_recorded` IS NULL
CALL (source, execution) {
  SET execution.`_recorded` = CASE WHEN source.create_time > execution.create_time
    THEN source.create_time ELSE execution.create_time END
} IN TRANSACTIONS OF 10000 ROWS;
MATCH (source:GraphstoreSource)
MATCH (context:Context)
WHERE context.source = source.name AND context.`_recorded` IS NULL
CALL (source, context) {
  SET context.`_recorded` = CASE WHEN source.create_time > context.create_time
    THEN source.create_time ELSE context.create_time END
} IN TRANSACTIONS OF 10000 ROWS;
