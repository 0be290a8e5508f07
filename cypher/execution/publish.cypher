// Publish an execution: itself, its artifacts, its events, its contexts - all or nothing.
//
// Existing artifacts are locked in the order of their ids before anything about them is tested;
// that makes "create it unless it is there" safe while others publish the same, and keeps two of
// them from waiting for each other. The ids of new nodes were leased beforehand, so that a client
// that lost the answer can ask again. A node with known_as is the stored one with this external
// id, if there is one: an execution then is replaced, an artifact used as it is. So is a context of
// this type and name. Every context gets the execution and every artifact. An event says by its
// place in $artifacts + $artifact_ids which artifact it has.
//
// access:  write
// returns: execution (map), artifacts (maps), contexts (maps), cached (map)
//
// The times of nodes are milliseconds since the epoch, which are read faster than datetimes. All
// types of events are named where one is looked for: of a pattern without, the planner of a young
// database makes a scan of all relationships, for each row.
//
// cached is the newest complete execution of the fingerprint asked for whose outputs are all still
// there, and these. There is no answer, and nothing is written, if an existing artifact is missing,
// or the execution although it $must_exist.
OPTIONAL MATCH (known:Execution {external_id: $execution.known_as})
WITH coalesce(known.id, $execution.id) AS id, datetime({epochMillis: timestamp()}) AS now
OPTIONAL MATCH (before:Execution {id: id})
WITH id, now, before WHERE before IS NOT NULL OR NOT $must_exist
WITH id, now
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (artifact:Artifact {id: id})
  SET artifact.id = artifact.id
  RETURN collect(artifact) AS existing
}
WITH id, now, existing WHERE size(existing) = size($artifact_ids)
CALL (now) {
  UNWIND $artifacts AS row
  OPTIONAL MATCH (known:Artifact {external_id: row.known_as})
  MERGE (artifact:Artifact {id: coalesce(known.id, row.id)})
    ON CREATE SET artifact:$(row.label), artifact += row.properties,
      artifact.create_time = now, artifact.last_update_time = now
    ON MATCH SET artifact.id = artifact.id
  RETURN collect(artifact) AS new
}
CALL (now) {
  UNWIND $contexts AS row
  MERGE (context:Context {type_id: row.type_id, name: row.name})
    ON CREATE SET context:$(row.label), context += row.properties,
      context.create_time = now, context.last_update_time = now
  RETURN collect(context) AS contexts
}
MERGE (execution:Execution {id: id})
  ON CREATE SET execution:$($execution.label), execution.create_time = now
WITH id, now, new + existing AS artifacts, contexts, execution,
  execution.create_time AS create_time
SET execution = $execution.properties,
  execution.id = id,
  execution.create_time = create_time,
  execution.last_update_time = now
WITH *
CALL (execution, artifacts, now) {
  UNWIND $inputs AS row
  WITH execution, now, artifacts[row.artifact] AS artifact, row.type AS type, row.path AS path,
    collect(row)[0] AS row
  WHERE artifact IS NOT NULL AND NOT EXISTS {
    MATCH (artifact)-[event:INPUT|DECLARED_INPUT|INTERNAL_INPUT]->(execution)
    WHERE type(event) = type AND event.path = path
  }
  CREATE (artifact)-[event:$(type) {path: path}]->(execution)
  SET event.time = coalesce(row.time, now), event.ordinal = row.ordinal
  RETURN count(*) AS inputs
}
CALL (execution, artifacts, now) {
  UNWIND $outputs AS row
  WITH execution, now, artifacts[row.artifact] AS artifact, row.type AS type, row.path AS path,
    collect(row)[0] AS row
  WHERE artifact IS NOT NULL AND NOT EXISTS {
    MATCH (execution)-[event:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]->(artifact)
    WHERE type(event) = type AND event.path = path
  }
  CREATE (execution)-[event:$(type) {path: path}]->(artifact)
  SET event.time = coalesce(row.time, now), event.ordinal = row.ordinal
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
RETURN
  execution {
    .*,
    create_time: execution.create_time.epochMillis,
    last_update_time: execution.last_update_time.epochMillis
  } AS execution,
  [artifact IN artifacts | artifact {
    .*,
    create_time: artifact.create_time.epochMillis,
    last_update_time: artifact.last_update_time.epochMillis
  }] AS artifacts,
  [context IN contexts | context {
    .*,
    create_time: context.create_time.epochMillis,
    last_update_time: context.last_update_time.epochMillis
  }] AS contexts,
  head(COLLECT {
  MATCH (earlier:Execution {fingerprint: $fingerprint})
  WHERE earlier.state = 'COMPLETE' AND NOT EXISTS {
    (earlier)-[:OUTPUT]->(output:Artifact) WHERE coalesce(output.state, 'UNKNOWN') <> 'LIVE'
  }
  RETURN {execution: earlier, outputs: COLLECT {
    MATCH (earlier)-[event:OUTPUT]->(output:Artifact)
    RETURN {artifact: output, path: event.path}
  }} AS candidate
  ORDER BY coalesce(earlier.end_time, earlier.create_time) DESC, earlier.id DESC
  LIMIT 1
}) AS cached;
