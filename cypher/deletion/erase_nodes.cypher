// Write over what nodes say that they must not: rows have what they said, by key, and what is there instead.
//
// Null removes. What was changed since it was read is left. A GraphstoreErasure of each kind tells which nodes it
// were, by themselves or by what they said before; of what tells of purges and erasures itself, those that it names.
// There is no answer if somebody else has the lease.
//
// access:  write
// returns: erased
// written: from scripts/queries/deletion/erase_nodes.cypher
MATCH (lease:GraphstoreLease {name: 'deletion'})
SET lease.name = lease.name
WITH lease, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
WHERE lease.holder = $holder
SET lease.until = datetime({epochMillis: datetime.realtime().epochMillis + $lease_seconds * 1000})
WITH now
CALL (now) {
  UNWIND $erasures AS row
  MATCH (thing)
  WHERE elementId(thing) = row.element_id AND all(key IN keys(row.before) WHERE thing[key] = row.before[key])
  SET thing += row.after, thing._erased = now
  RETURN collect(thing) AS things
}
CALL (now, things) {
  UNWIND things AS thing
  WITH now, CASE WHEN thing:Artifact|Execution|Context|Type THEN thing
    ELSE head(COLLECT { MATCH (thing)-[:REVISION_OF|LOGGED]-(node) RETURN node }) END AS node
  WHERE node.id IS :: INTEGER NOT NULL
  WITH now,
    CASE WHEN node:Artifact THEN 'artifact' WHEN node:Execution THEN 'execution' WHEN node:Context THEN 'context' ELSE 'type' END
      AS kind,
    collect(DISTINCT node.id) AS ids
  CREATE (erasure:GraphstoreErasure {_recorded: now, kind: kind, ids: ids, edge: ''})
  SET erasure._by = $by, erasure._why = $reason
}
CALL (now, things) {
  UNWIND things AS thing
  WITH now, thing
  WHERE thing:GraphstoreDeletion|GraphstoreErasure
  WITH DISTINCT now, thing.kind AS kind, thing.ids AS ids
  CREATE (erasure:GraphstoreErasure {_recorded: now, kind: kind, ids: ids, edge: ''})
  SET erasure._by = $by, erasure._why = $reason
}
RETURN size(things) AS erased;
