// Make tombstones of artifacts: all that they said goes, with their revisions and series; their edges stay.
//
// What was deleted already stays as it is. Of $alone_ids those are left that somebody has read or made since $planned.
// There is no answer, and nothing is written, if somebody else has the lease.
//
// access:  write
// returns: ids (of those that are tombstones now and were none)
// written: from scripts/queries/deletion/bury_{kind}s.cypher
MATCH (lease:GraphstoreLease {name: 'deletion'})
SET lease.name = lease.name
WITH lease, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
WHERE lease.holder = $holder
SET lease.until = datetime({epochMillis: datetime.realtime().epochMillis + $lease_seconds * 1000})
WITH now
CALL (now) {
  MATCH (node:Artifact WHERE node.id IN $ids)
  SET node.id = node.id
  WITH now, node
  WHERE node._deleted IS NULL
    AND NOT (node.id IN $alone_ids AND EXISTS {
      MATCH (node)-[event:INPUT|DECLARED_INPUT|INTERNAL_INPUT|OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(user:Execution)
      WHERE coalesce(event._recorded, user._recorded, user.create_time) >= $planned
    })
  CALL (node) {
    MATCH (node)-[:REVISION_OF|LOGGED]-(hanging:Revision|GraphstoreSeries)
    DETACH DELETE hanging
  }
  WITH now, node, properties(node) AS before
  SET node = before {
    .id, .type, .type_id, .type_version, .external_id, .source, .source_id, .create_time, .last_update_time,
    .start_time, .end_time, ._by, ._recorded, ._since, ._erased,
    state: CASE before.state WHEN 'CACHED' THEN 'CACHED' END,
    _deleted: now, _deleted_by: $by, _deleted_why: $reason
  }
  RETURN collect(node.id) AS ids
}
RETURN ids;
