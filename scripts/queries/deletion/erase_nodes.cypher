// Write over what nodes say that they must not: rows have what they said, by key, and what is there instead.
//
// Null removes. What was changed since it was read is left. A GraphstoreErasure of each kind tells which nodes it
// were, by themselves or by what they said before; of what tells of purges and erasures itself, those that it names.
// There is no answer if somebody else has the lease.
//
// access:  write
// returns: erased
<<tombstones.over('(thing)')>>
CALL (now, things) {
  UNWIND things AS thing
  WITH now, CASE WHEN thing:Artifact|Execution|Context|Type THEN thing
    ELSE head(COLLECT { MATCH (thing)-[:REVISION_OF|LOGGED]-(node) RETURN node }) END AS node
  WHERE node.id IS :: INTEGER NOT NULL
  WITH now,
    <<revisions.kind('node')>>
      AS kind,
    collect(DISTINCT node.id) AS ids
  <<tombstones.told()>>
}
CALL (now, things) {
  UNWIND things AS thing
  WITH now, thing
  WHERE thing:GraphstoreDeletion|GraphstoreErasure
  WITH DISTINCT now, thing.kind AS kind, thing.ids AS ids
  <<tombstones.told()>>
}
RETURN size(things) AS erased;
