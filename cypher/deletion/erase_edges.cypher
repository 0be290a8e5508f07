// Write over what edges say that they must not: rows have what they said, by key, and what is there instead.
//
// Null removes. What was changed since it was read is left. There is no answer if somebody else has the lease.
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
      -[thing:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT|ATTRIBUTED_TO|ASSOCIATED_WITH|CHILD_OF]->()
  WHERE elementId(thing) = row.element_id AND all(key IN keys(row.before) WHERE thing[key] = row.before[key])
  SET thing += row.after, thing._erased = now
  RETURN count(*) AS erased
}
RETURN erased;
