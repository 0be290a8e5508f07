// Keep leaves of a seal that is being made, some thousand a node.
//
// access:  write
// returns: written; no answer if somebody else has begun to seal
// written: from scripts/queries/seal/put_leaves.cypher
MATCH (sealing:GraphstoreSealing {token: $token})
SET sealing.time = datetime.realtime()
WITH sealing
CALL () {
  UNWIND $leaves AS row
  MERGE (leaves:GraphstoreLeaves {seal: row.seal, number: row.number})
  SET leaves += row
  RETURN count(*) AS written
}
RETURN written;
