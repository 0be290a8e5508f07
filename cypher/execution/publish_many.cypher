// Publish many new executions, with all that they read, made and belong to: all or nothing.
//
// What execution.publish does for one. Existing artifacts are locked in the order of their ids; the
// ids of new nodes were leased beforehand. A writer that lost the answer asks again: then the first
// execution is there, and so is all the rest. Rows say where a node is in the lists: artifacts in
// $artifact_ids + $artifacts, executions in $executions, contexts in $contexts.
//
// $input_rows and $output_rows are [artifact, execution, type, path, time, ordinal],
// $association_rows [execution, context]. Attributions are [artifact, context]: of new artifacts in
// $new_attribution_rows, of existing ones, which may be there already, in $attribution_rows.
//
// access:  write
// returns: context_ids
//
// context_ids are in the order of $contexts. There is no answer, and nothing is written, if an
// existing artifact is missing.
OPTIONAL MATCH (done:Execution {id: $executions[0].id})
WITH done IS NOT NULL AS done, datetime({epochMillis: timestamp()}) AS now
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
WITH go, now, existing, existing + new AS artifacts, contexts, executions
CALL (go, now, artifacts, executions) {
  UNWIND CASE WHEN go THEN $input_rows ELSE [] END AS row
  WITH now, row, artifacts[row[0]] AS artifact, executions[row[1]] AS execution
  CREATE (artifact)-[:$(row[2]) {
    path: row[3], time: coalesce(row[4], now), ordinal: row[5]
  }]->(execution)
  RETURN count(*) AS inputs
}
CALL (go, now, artifacts, executions) {
  UNWIND CASE WHEN go THEN $output_rows ELSE [] END AS row
  WITH now, row, artifacts[row[0]] AS artifact, executions[row[1]] AS execution
  CREATE (execution)-[:$(row[2]) {
    path: row[3], time: coalesce(row[4], now), ordinal: row[5]
  }]->(artifact)
  RETURN count(*) AS outputs
}
CALL (go, contexts, executions) {
  UNWIND CASE WHEN go THEN $association_rows ELSE [] END AS row
  WITH executions[row[0]] AS execution, contexts[row[1]] AS context
  CREATE (execution)-[:ASSOCIATED_WITH]->(context)
  RETURN count(*) AS associations
}
CALL (go, artifacts, contexts) {
  UNWIND CASE WHEN go THEN $new_attribution_rows ELSE [] END AS row
  WITH artifacts[row[0]] AS artifact, contexts[row[1]] AS context
  CREATE (artifact)-[:ATTRIBUTED_TO]->(context)
  RETURN count(*) AS new_attributions
}
CALL (go, artifacts, contexts) {
  UNWIND CASE WHEN go THEN $attribution_rows ELSE [] END AS row
  WITH artifacts[row[0]] AS artifact, contexts[row[1]] AS context
  WHERE NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context) }
  CREATE (artifact)-[:ATTRIBUTED_TO]->(context)
  RETURN count(*) AS old_attributions
}
RETURN [context IN contexts | context.id] AS context_ids;
