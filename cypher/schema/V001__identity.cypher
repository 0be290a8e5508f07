// What identifies each thing: the store relies on these constraints to create it once.
//
// Neo4j Community has uniqueness constraints only; that a property is there, and of its kind, is
// checked in Python on the way in. A constraint binds nodes that have all of its properties, so
// that nodes without a name or an external id are free of it.
//
// access: schema
CREATE CONSTRAINT type_id IF NOT EXISTS
FOR (type:Type) REQUIRE type.id IS UNIQUE;
CREATE CONSTRAINT type_name IF NOT EXISTS
FOR (type:Type) REQUIRE (type.kind, type.name, type.version) IS UNIQUE;
CREATE CONSTRAINT type_external_id IF NOT EXISTS
FOR (type:Type) REQUIRE type.external_id IS UNIQUE;

CREATE CONSTRAINT artifact_id IF NOT EXISTS
FOR (artifact:Artifact) REQUIRE artifact.id IS UNIQUE;
CREATE CONSTRAINT artifact_name IF NOT EXISTS
FOR (artifact:Artifact) REQUIRE (artifact.type_id, artifact.name) IS UNIQUE;
CREATE CONSTRAINT artifact_external_id IF NOT EXISTS
FOR (artifact:Artifact) REQUIRE artifact.external_id IS UNIQUE;
CREATE CONSTRAINT artifact_source IF NOT EXISTS
FOR (artifact:Artifact) REQUIRE (artifact.source, artifact.source_id) IS UNIQUE;

CREATE CONSTRAINT execution_id IF NOT EXISTS
FOR (execution:Execution) REQUIRE execution.id IS UNIQUE;
CREATE CONSTRAINT execution_name IF NOT EXISTS
FOR (execution:Execution) REQUIRE (execution.type_id, execution.name) IS UNIQUE;
CREATE CONSTRAINT execution_external_id IF NOT EXISTS
FOR (execution:Execution) REQUIRE execution.external_id IS UNIQUE;
CREATE CONSTRAINT execution_source IF NOT EXISTS
FOR (execution:Execution) REQUIRE (execution.source, execution.source_id) IS UNIQUE;

CREATE CONSTRAINT context_id IF NOT EXISTS
FOR (context:Context) REQUIRE context.id IS UNIQUE;
CREATE CONSTRAINT context_name IF NOT EXISTS
FOR (context:Context) REQUIRE (context.type_id, context.name) IS UNIQUE;
CREATE CONSTRAINT context_external_id IF NOT EXISTS
FOR (context:Context) REQUIRE context.external_id IS UNIQUE;

CREATE CONSTRAINT sequence_name IF NOT EXISTS
FOR (sequence:GraphstoreSequence) REQUIRE sequence.name IS UNIQUE;
CREATE CONSTRAINT source_name IF NOT EXISTS
FOR (source:GraphstoreSource) REQUIRE source.name IS UNIQUE;
