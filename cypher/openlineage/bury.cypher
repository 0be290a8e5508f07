// Make tombstones of the artifacts that stood for what nobody is known to have written, and that nothing reads any more.
//
// What read one of them reads what somebody wrote, of whom the store has heard since; as of a time before it is
// followed as it was. Its external id is free for another that comes to stand for the same.
//
// access:  write
// returns: ids
// written: from scripts/queries/openlineage/bury.cypher
WITH datetime({epochMillis: datetime.transaction().epochMillis}) AS now
MATCH (node:Artifact WHERE node.id IN $artifact_ids)
WHERE node.type = 'openlineage.Dataset' AND node.written_by IS NULL AND node._deleted IS NULL
  AND NOT EXISTS { (node)-[:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(:Execution) }
CALL (node) {
  MATCH (node)-[:REVISION_OF|LOGGED]-(hanging:Revision|GraphstoreSeries)
  DETACH DELETE hanging
}
WITH now, node, properties(node) AS before
SET node = before {
  .id, .type, .type_id, .type_version, .external_id, .source, .source_id, .create_time, .last_update_time,
  .start_time, .end_time, ._by, ._recorded, ._since, ._erased,
  state: CASE before.state WHEN 'CACHED' THEN 'CACHED' END,
  _deleted: now, _deleted_by: $by, _deleted_why: 'it stood for ' + before.namespace + '/' + before.dataset
      + ', which nobody was known to have written; nothing reads it any more'
}
REMOVE node.external_id
RETURN collect(node.id) AS ids;
