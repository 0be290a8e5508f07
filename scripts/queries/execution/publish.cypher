// Publish executions that may be there already, with artifacts, events and contexts: all or nothing.
//
// Existing artifacts are locked in the order of their ids before anything about them is tested;
// that makes "create it unless it is there" safe while others publish the same, and keeps two of
// them from waiting for each other. The ids of new nodes were leased beforehand, so that a client
// that lost the answer can ask again. A node with known_as is the stored one with this external
// id, if there is one: an artifact is used as it is, and so is a context of this type and name.
//
// Of $publications each has the row of its execution, and by their places its artifacts, in $artifacts +
// $artifact_ids, and its contexts, in $contexts. An execution that is there is replaced; with changes
// it keeps what these do not name, so that what others wrote on it meanwhile stays (a change to null
// removes). Every context gets the execution and every artifact. An event says by its place among the
// artifacts of the publication which it has. series is what the execution logged, a node a metric.
//
// An artifact with contents is read from outside, and is whichever there is with these contents at
// this place and of_type, if that is given: what was made rather than what was only read, what a
// step that did not complete left (ABANDONED) after all else, and of several the last. Without one,
// other_types says which other types there are of them.
//
// access:  write
// planned: once
// returns: place, execution (map), artifacts (maps), context_ids, contexts (maps), cached (map), other_types (lists)
//
// There are contexts, besides their ids, only for a publication that wants its answer whole.
//
// The times of nodes are milliseconds since the epoch, which are read faster than datetimes. All
// types of events are named where one is looked for: of a pattern without, the planner of a young
// database makes a scan of all relationships, for each row.
//
// cached is the newest complete execution of the fingerprint asked for whose outputs are all still
// there, and these. There is no answer, and nothing is written, if an existing artifact is missing,
// or an execution that must_exist, or if that was not recorded when its row says: then it is another
// store's. It fails if the execution was deleted, or an artifact that has the external id of a new one.
UNWIND range(0, size($publications) - 1) AS place
OPTIONAL MATCH (known:Execution {external_id: $publications[place].execution.known_as})
WITH place, coalesce(known.id, $publications[place].execution.id) AS id
OPTIONAL MATCH (before:Execution {id: id})
WITH place, id, before
WHERE (before IS NOT NULL OR NOT $publications[place].must_exist)
  AND <<nodes.recorded_then('before', '$publications[place].recorded')>>
  AND <<tombstones.refused('before', 'execution')>>
WITH collect({place: place, id: id, there: before IS NOT NULL}) AS targets
WHERE size(targets) = size($publications)
<<nodes.existing()>>
WITH targets, existing, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
WHERE size(existing) = size($artifact_ids)
CALL (now) {
  UNWIND $artifacts AS row
  OPTIONAL MATCH (known:Artifact {external_id: row.known_as})
  CALL (row) {
    OPTIONAL MATCH (same:Artifact {`_contents`: row.contents})
    WITH row, same,
      EXISTS { (same)<-[:OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT]-(:Execution) } AS made
    ORDER BY coalesce(same.state, '') = 'ABANDONED', made DESC, same.create_time DESC, same.id DESC
    RETURN
      head(collect(CASE WHEN coalesce(row.of_type, same.type) = same.type THEN same.id END)) AS id,
      collect(DISTINCT same.type) AS types
  }
  WITH now, row, known, id AS same_id, types
  WHERE same_id IS NOT NULL OR <<tombstones.refused('known', 'artifact')>>
  WITH now, row, coalesce(same_id, known.id, row.id) AS id,
    CASE WHEN same_id IS NULL AND known IS NULL THEN types ELSE [] END AS types
  MERGE (artifact:Artifact {id: id})
    <<nodes.on_create('artifact', 'now')>>
    ON MATCH SET artifact.id = artifact.id
  RETURN collect(artifact) AS new, collect(types) AS other_types
}
<<nodes.contexts()>>
WITH targets, now, new + existing AS all_artifacts, other_types AS all_types, contexts AS all_contexts
UNWIND targets AS target
WITH now, all_artifacts, all_types, all_contexts, target, $publications[target.place] AS publication
MERGE (execution:Execution {id: target.id})
  ON CREATE SET execution:$(publication.execution.label), execution += publication.execution.properties,
    execution.id = target.id, execution.create_time = now, execution._by = $by
WITH now, target, publication, execution,
  [at IN publication.artifacts | all_artifacts[at]] AS artifacts,
  [at IN publication.artifacts | all_types[at]] AS other_types,
  [at IN publication.contexts | all_contexts[at]] AS contexts,
  publication.execution.properties AS properties, properties(execution) AS before
<<revisions.replaced('execution', 'properties', if='target.there AND publication.changes IS NULL')>>
SET execution += CASE WHEN target.there THEN coalesce(publication.changes, {}) ELSE {} END,
  execution.last_update_time = <<times.growing('before.last_update_time')>>
<<revisions.left('execution', 'execution', if='target.there')>>
WITH *, publication.series AS rows
<<series.put('execution', 'rows')>>
CALL (execution, artifacts, now, publication) {
  UNWIND publication.inputs AS row
  WITH execution, now, artifacts[row.artifact] AS artifact, row.type AS type, row.path AS path,
    collect(row)[0] AS row
  WHERE artifact IS NOT NULL AND NOT EXISTS {
    MATCH (artifact)-[event:INPUT|DECLARED_INPUT|INTERNAL_INPUT]->(execution)
    WHERE type(event) = type AND event.path = path
  }
  CREATE (artifact)-[event:$(type) {path: path}]->(execution)
  SET <<events.stored()>>,
    <<revisions.joined('event', 'artifact', 'execution')>>
  RETURN count(*) AS inputs
}
CALL (execution, artifacts, now, publication) {
  UNWIND publication.outputs AS row
  WITH execution, now, artifacts[row.artifact] AS artifact, row.type AS type, row.path AS path,
    collect(row)[0] AS row
  WHERE artifact IS NOT NULL AND NOT EXISTS {
    MATCH (execution)-[event:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]->(artifact)
    WHERE type(event) = type AND event.path = path
  }
  CREATE (execution)-[event:$(type) {path: path}]->(artifact)
  SET <<events.stored()>>,
    <<revisions.joined('event', 'artifact', 'execution')>>
  RETURN count(*) AS outputs
}
CALL (execution, artifacts, contexts, now) {
  UNWIND contexts AS context
  CALL (execution, context, now) {
    WITH * <<members.joins('execution')>>
  }
  UNWIND artifacts AS artifact
  WITH DISTINCT artifact, context, now
  <<members.joins('artifact')>>
  RETURN count(*) AS attributions
}
RETURN
  target.place AS place,
  <<times.of('execution')>> AS execution,
  <<nodes.in_list('artifact', 'artifacts')>> AS artifacts,
  [context IN contexts | context.id] AS context_ids,
  CASE WHEN publication.whole THEN <<nodes.in_list('context', 'contexts')>> END AS contexts,
  head(COLLECT {
  MATCH (earlier:Execution {fingerprint: publication.fingerprint})
  WHERE earlier.state = 'COMPLETE' AND NOT EXISTS {
    (earlier)-[:OUTPUT|INTERNAL_OUTPUT]->(output:Artifact) WHERE coalesce(output.state, 'UNKNOWN') <> 'LIVE'
  }
  RETURN {execution: earlier, outputs: COLLECT {
    MATCH (earlier)-[event:OUTPUT|INTERNAL_OUTPUT]->(output:Artifact)
    RETURN {artifact: output, path: event.path, ordinal: event.ordinal}
  }} AS candidate
  ORDER BY coalesce(earlier.end_time, earlier.create_time) DESC, earlier.id DESC
  LIMIT 1
}) AS cached,
  other_types;
