// Publish new executions, with all that they read, made and belong to: all or nothing.
//
// What execution.publish does for one that may be there already. Existing artifacts are locked in
// the order of their ids; the ids of new nodes were leased beforehand. A writer that lost the answer
// asks again: then the first execution is there, and so is all the rest. Rows say where a node is in
// the lists: artifacts in $artifact_ids + $artifacts, executions in $executions, contexts in
// $contexts + $context_ids.
//
// A row of $input_rows and $output_rows is all events of one type and path: [type, path, artifacts,
// executions, ordinals, times or []]. A row of $association_rows is [context, executions]. A row of
// attributions is [context, artifacts]: in $new_attribution_rows artifacts that are new, and in
// $attribution_rows existing ones, which may be attributed already.
//
// Lines marked optional ask that existing nodes say what the writer says of them, so that nothing has
// to be updated: a row is [place in the list of ids, properties, keys that do not count]; and that they
// were recorded when the writer says: [place, milliseconds]. If not they are of another store.
//
// access:  write
// planned: once
// returns: time, context_ids, recorded, existing (maps), contexts (maps)
//
// time is when the nodes were created, in milliseconds since the epoch; context_ids are in the order
// of $contexts; recorded is [id, type, create_time in milliseconds] of each existing artifact.
// Only if asked for $whole there are the existing artifacts and those contexts. There is no answer, and
// nothing is written, if an existing node is missing, or is not as it should be.
OPTIONAL MATCH (done:Execution {id: $executions[0].id})
WITH done IS NOT NULL AS done,
  CASE WHEN done.create_time IS :: ZONED DATETIME NOT NULL THEN done.create_time
    ELSE datetime({epochMillis: datetime.transaction().epochMillis}) END AS now
<<nodes.existing()>>
CALL () {
  <<nodes.by_id('context')>>
  RETURN collect(context) AS known
}
WITH NOT done AS go, now, existing, known
WHERE done OR (size(existing) = size($artifact_ids) AND size(known) = size($context_ids)
  AND all(row IN $artifacts_as_read WHERE all(key IN keys(existing[row[0]]) + keys(row[1]) WHERE key IN row[2] OR (existing[row[0]][key] = row[1][key] AND valueType(existing[row[0]][key]) = valueType(row[1][key])))) // optional
  AND all(row IN $contexts_as_read WHERE all(key IN keys(known[row[0]]) + keys(row[1]) WHERE key IN row[2] OR (known[row[0]][key] = row[1][key] AND valueType(known[row[0]][key]) = valueType(row[1][key])))) // optional
  AND all(row IN $artifacts_recorded WHERE <<nodes.recorded_then('existing[row[0]]', 'row[1]')>>) // optional
  AND all(row IN $contexts_recorded WHERE <<nodes.recorded_then('known[row[0]]', 'row[1]')>>) // optional
)
<<nodes.contexts('named')>>
WITH *, named + known AS contexts
CALL (go, now) {
  UNWIND CASE WHEN go THEN $artifacts ELSE [] END AS row
  CREATE (artifact:Artifact:$(row.label))
  SET artifact = row.properties, artifact.create_time = now, artifact.last_update_time = now,
    artifact._by = $by
  RETURN collect(artifact) AS new
}
CALL (go, now) {
  UNWIND CASE WHEN go THEN $executions ELSE [] END AS row
  CREATE (execution:Execution:$(row.label))
  SET execution = row.properties, execution.create_time = now, execution.last_update_time = now,
    execution._by = $by
  RETURN collect(execution) AS executions
}
WITH *, existing + new AS artifacts
CALL (go, now, artifacts, executions) {
  UNWIND CASE WHEN go THEN $input_rows ELSE [] END AS row
  UNWIND range(0, size(row[2]) - 1) AS n
  WITH now, row, n, artifacts[row[2][n]] AS artifact, executions[row[3][n]] AS execution
  CREATE (artifact)-[:$(row[0]) {
    path: row[1], <<events.stored_of_columns()>>
  }]->(execution)
  RETURN count(*) AS inputs
}
CALL (go, now, artifacts, executions) {
  UNWIND CASE WHEN go THEN $output_rows ELSE [] END AS row
  UNWIND range(0, size(row[2]) - 1) AS n
  WITH now, row, n, artifacts[row[2][n]] AS artifact, executions[row[3][n]] AS execution
  CREATE (execution)-[:$(row[0]) {
    path: row[1], <<events.stored_of_columns()>>
  }]->(artifact)
  RETURN count(*) AS outputs
}
CALL (go, contexts, executions) {
  UNWIND CASE WHEN go THEN $association_rows ELSE [] END AS row
  UNWIND row[1] AS place
  WITH DISTINCT contexts[row[0]] AS context, executions[place] AS execution
  CREATE (execution)-[:ASSOCIATED_WITH]->(context)
  RETURN count(*) AS associations
}
CALL (go, artifacts, contexts) {
  UNWIND CASE WHEN go THEN $new_attribution_rows ELSE [] END AS row
  UNWIND row[1] AS place
  WITH DISTINCT contexts[row[0]] AS context, artifacts[place] AS artifact
  CREATE (artifact)-[:ATTRIBUTED_TO]->(context)
  RETURN count(*) AS new_attributions
}
CALL (go, now, artifacts, contexts) {
  UNWIND CASE WHEN go THEN $attribution_rows ELSE [] END AS row
  UNWIND row[1] AS place
  WITH DISTINCT now, contexts[row[0]] AS context, artifacts[place] AS artifact
  <<members.joins('artifact')>>
  RETURN count(*) AS old_attributions
}
RETURN now.epochMillis AS time,
  [context IN named | context.id] AS context_ids,
  [artifact IN existing | <<nodes.recorded('artifact')>>] AS recorded,
  CASE WHEN $whole THEN <<nodes.in_list('artifact', 'existing')>> END AS existing,
  CASE WHEN $whole THEN <<nodes.in_list('context', 'named')>> END AS contexts;
