// Write over what edges say that they must not: rows have what they said, by key, and what is there instead.
//
// Null removes. What was changed since it was read is left. A GraphstoreErasure of each type tells which edges it
// were. There is no answer if somebody else has the lease.
//
// access:  write
// returns: erased
// written: from scripts/queries/deletion/erase_edges.cypher
MATCH (lease:GraphstoreLease {name: 'deletion'})
SET lease.name = lease.name
WITH lease, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
WHERE lease.holder = $holder
SET lease.until = datetime({epochMillis: datetime.realtime().epochMillis + $lease_seconds * 1000})
WITH now
CALL (now) {
  UNWIND $erasures AS row
  MATCH ()
      -[thing:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT|ATTRIBUTED_TO|ASSOCIATED_WITH|CHILD_OF
    |RETRACTED_INPUT|RETRACTED_OUTPUT]->()
  WHERE elementId(thing) = row.element_id AND all(key IN keys(row.before) WHERE thing[key] = row.before[key])
  SET thing += row.after, thing._erased = now
  RETURN collect(thing) AS things
}
CALL (now, things) {
  UNWIND things AS thing
  WITH now, replace(type(thing), 'RETRACTED_', '') AS type, startNode(thing) AS one, endNode(thing) AS other
  WHERE one.id IS :: INTEGER NOT NULL AND other.id IS :: INTEGER NOT NULL
  WITH now, type,
    CASE WHEN one:Artifact THEN 'artifact' WHEN one:Execution THEN 'execution' WHEN one:Context THEN 'context' ELSE 'type' END AS kind,
    CASE WHEN other:Artifact THEN 'artifact' WHEN other:Execution THEN 'execution' WHEN other:Context THEN 'context' ELSE 'type' END AS other_kind,
    collect(DISTINCT [one.id, other.id]) AS pairs
  WITH now, type, kind, other_kind, [pair IN pairs | pair[0]] AS ids, [pair IN pairs | pair[1]] AS others
  CREATE (erasure:GraphstoreErasure {_recorded: now, kind: kind, ids: ids, edge: type})
  SET erasure._by = $by, erasure._why = $reason,
    erasure.other_kind = other_kind, erasure.others = others
}
RETURN size(things) AS erased;
