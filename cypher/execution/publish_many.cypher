// Publish new executions, with all that they read, made and belong to: all or nothing.
//
// What execution.publish does for one that may be there already. Existing artifacts are locked in
// the order of their ids; the ids of new nodes were leased beforehand. A writer that lost the answer
// asks again: then the first execution is there, and so is all the rest. Rows say where a node is in
// the lists: artifacts in $artifact_ids + $artifacts, executions in $executions, contexts in
// $contexts.
//
// A row of $input_rows and $output_rows is all events of one type and path: [type, path, artifacts,
// executions, ordinals, times or []]. A row of $association_rows is [context, executions]. A row of
// attributions is [context, artifacts]: in $new_attribution_rows artifacts that are new, and in
// $attribution_rows existing ones, which may be attributed already.
//
// access:  write
// returns: time, context_ids, existing (maps), contexts (maps)
//
// time is when the nodes were created, in milliseconds since the epoch; context_ids are in the order
// of $contexts. Only if asked for $whole there are the existing artifacts and the contexts. There is
// no answer, and nothing is written, if an existing artifact is missing.
OPTIONAL MATCH (done:Execution {id: $executions[0].id})
WITH done IS NOT NULL AS done,
  coalesce(done.create_time, datetime({epochMillis: timestamp()})) AS now
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (artifact:Artifact {id: id})
  SET artifact.id = artifact.id
  RETURN collect(artifact) AS existing
}
WITH NOT done AS go, now, existing WHERE done OR size(existing) = size($artifact_ids)
CALL (now) {
  UNWIND $contexts AS row
  MERGE (context:Context {type_id: row.type_id, name: row.name})
    ON CREATE SET context:$(row.label), context += row.properties,
      context.create_time = now, context.last_update_time = now
  RETURN collect(context) AS contexts
}
CALL (go, now) {
  UNWIND CASE WHEN go THEN $artifacts ELSE [] END AS row
  CREATE (artifact:Artifact:$(row.label))
  SET artifact = row.properties, artifact.create_time = now, artifact.last_update_time = now
  RETURN collect(artifact) AS new
}
CALL (go, now) {
  UNWIND CASE WHEN go THEN $executions ELSE [] END AS row
  CREATE (execution:Execution:$(row.label))
  SET execution = row.properties, execution.create_time = now, execution.last_update_time = now
  RETURN collect(execution) AS executions
}
WITH *, existing + new AS artifacts
CALL (go, now, artifacts, executions) {
  UNWIND CASE WHEN go THEN $input_rows ELSE [] END AS row
  UNWIND range(0, size(row[2]) - 1) AS n
  WITH now, row, n, artifacts[row[2][n]] AS artifact, executions[row[3][n]] AS execution
  CREATE (artifact)-[:$(row[0]) {
    path: row[1], time: coalesce(row[5][n], now), ordinal: row[4][n]
  }]->(execution)
  RETURN count(*) AS inputs
}
CALL (go, now, artifacts, executions) {
  UNWIND CASE WHEN go THEN $output_rows ELSE [] END AS row
  UNWIND range(0, size(row[2]) - 1) AS n
  WITH now, row, n, artifacts[row[2][n]] AS artifact, executions[row[3][n]] AS execution
  CREATE (execution)-[:$(row[0]) {
    path: row[1], time: coalesce(row[5][n], now), ordinal: row[4][n]
  }]->(artifact)
  RETURN count(*) AS outputs
}
CALL (go, contexts, executions) {
  UNWIND CASE WHEN go THEN $association_rows ELSE [] END AS row
  UNWIND row[1] AS place
  WITH contexts[row[0]] AS context, executions[place] AS execution
  CREATE (execution)-[:ASSOCIATED_WITH]->(context)
  RETURN count(*) AS associations
}
CALL (go, artifacts, contexts) {
  UNWIND CASE WHEN go THEN $new_attribution_rows ELSE [] END AS row
  UNWIND row[1] AS place
  WITH contexts[row[0]] AS context, artifacts[place] AS artifact
  CREATE (artifact)-[:ATTRIBUTED_TO]->(context)
  RETURN count(*) AS new_attributions
}
CALL (go, artifacts, contexts) {
  UNWIND CASE WHEN go THEN $attribution_rows ELSE [] END AS row
  UNWIND row[1] AS place
  WITH contexts[row[0]] AS context, artifacts[place] AS artifact
  WHERE NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context) }
  CREATE (artifact)-[:ATTRIBUTED_TO]->(context)
  RETURN count(*) AS old_attributions
}
RETURN now.epochMillis AS time,
  [context IN contexts | context.id] AS context_ids,
  CASE WHEN $whole THEN [artifact IN existing | artifact {
    .*,
    create_time: artifact.create_time.epochMillis,
    last_update_time: artifact.last_update_time.epochMillis
  }] END AS existing,
  CASE WHEN $whole THEN [context IN contexts | context {
    .*,
    create_time: context.create_time.epochMillis,
    last_update_time: context.last_update_time.epochMillis
  }] END AS contexts;
