// Write over what edges say that they must not: rows have what they said, by key, and what is there instead.
//
// Null removes. What was changed since it was read is left. A GraphstoreErasure of each type tells which edges it
// were. There is no answer if somebody else has the lease.
//
// access:  write
// returns: erased
<<tombstones.over('()\n    -[thing:' + revisions.recorded_edges + ']->()')>>
CALL (now, things) {
  UNWIND things AS thing
  WITH now, <<revisions.was('thing')>> AS type, startNode(thing) AS one, endNode(thing) AS other
  WHERE one.id IS :: INTEGER NOT NULL AND other.id IS :: INTEGER NOT NULL
  WITH now, type,
    <<revisions.kind('one')>> AS kind,
    <<revisions.kind('other')>> AS other_kind,
    collect(DISTINCT [one.id, other.id]) AS pairs
  WITH now, type, kind, other_kind, [pair IN pairs | pair[0]] AS ids, [pair IN pairs | pair[1]] AS others
  <<tombstones.told(edge='type')>>,
    erasure.other_kind = other_kind, erasure.others = others
}
RETURN size(things) AS erased;
