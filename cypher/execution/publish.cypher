// Publish an execution: itself, its artifacts, its events, its contexts - all or nothing.
//
// Existing artifacts are locked in the order of their ids before anything about them is tested;
// that makes "create it unless it is there" safe while others publish the same, and keeps two of
// them from waiting for each other. The ids of new nodes were leased beforehand, so that a client
// that lost the answer can ask again. A context of this type and name that exists is used as it
// is. Every context gets the execution and every artifact.
//
// access:  write
// returns: stored, execution (node), artifacts (nodes), contexts (nodes)
//
// stored says whether the execution existed before.
OPTIONAL MATCH (before:Execution {id: $execution.id})
WITH before IS NOT NULL AS stored, datetime({epochMillis: timestamp()}) AS now
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (artifact:Artifact {id: id})
  SET artifact.id = artifact.id
  RETURN collect(artifact) AS existing
}
CALL (now) {
  UNWIND $artifacts AS row
  MERGE (artifact:Artifact {id: row.id})
    ON CREATE SET artifact:$(row.label), artifact += row.properties,
      artifact.create_time = now, artifact.last_update_time = now
  RETURN collect(artifact) AS created
}
CALL (now) {
  UNWIND $contexts AS row
  MERGE (context:Context {type_id: row.type_id, name: row.name})
    ON CREATE SET context:$(row.label), context += row.properties,
      context.create_time = now, context.last_update_time = now
  RETURN collect(context) AS contexts
}
MERGE (execution:Execution {id: $execution.id})
  ON CREATE SET execution:$($execution.label), execution.create_time = now
WITH stored, now, existing + created AS artifacts, contexts, execution,
  execution.create_time AS create_time
SET execution = $execution.properties,
  execution.create_time = create_time,
  execution.last_update_time = now
WITH *
CALL (execution, now) {
  UNWIND $inputs AS row
  MATCH (artifact:Artifact {id: row.artifact_id})
  MERGE (artifact)-[event:$(row.type) {path: row.path}]->(execution)
    ON CREATE SET event.time = coalesce(row.time, now)
  RETURN count(*) AS inputs
}
CALL (execution, now) {
  UNWIND $outputs AS row
  MATCH (artifact:Artifact {id: row.artifact_id})
  MERGE (execution)-[event:$(row.type) {path: row.path}]->(artifact)
    ON CREATE SET event.time = coalesce(row.time, now)
  RETURN count(*) AS outputs
}
CALL (execution, artifacts, contexts) {
  UNWIND contexts AS context
  CALL (execution, context) {
    WITH * WHERE NOT EXISTS { (execution)-[:ASSOCIATED_WITH]->(context) }
    CREATE (execution)-[:ASSOCIATED_WITH]->(context)
  }
  UNWIND artifacts AS artifact
  WITH artifact, context
  WHERE NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context) }
  CREATE (artifact)-[:ATTRIBUTED_TO]->(context)
  RETURN count(*) AS attributions
}
RETURN stored, execution, artifacts, contexts;
