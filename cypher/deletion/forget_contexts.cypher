// Take from tombstones of contexts what they are known by to others, and who recorded them.
//
// A GraphstoreErasure tells of which. There is no answer if somebody else has the lease.
//
// access:  write
// returns: erased
// written: from scripts/queries/deletion/forget_{kind}s.cypher
MATCH (lease:GraphstoreLease {name: 'deletion'})
SET lease.name = lease.name
WITH lease, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
WHERE lease.holder = $holder
SET lease.until = datetime({epochMillis: datetime.realtime().epochMillis + $lease_seconds * 1000})
WITH now
CALL (now) {
  MATCH (node:Context WHERE node.id IN $ids)
  SET node.id = node.id
  WITH now, node
  WHERE node._deleted IS NOT NULL
    AND (node._erased IS NULL OR node.external_id IS NOT NULL OR coalesce(node._by, '') <> 'erased')
  SET node.external_id = null, node._by = 'erased', node._erased = now
  RETURN collect(node.id) AS ids
}
CALL (now, ids) {
  WITH now, ids
  WHERE ids <> []
  CREATE (erasure:GraphstoreErasure {_recorded: now, kind: 'context', ids: ids, edge: ''})
  SET erasure._by = $by, erasure._why = $reason
}
RETURN size(ids) AS erased;
