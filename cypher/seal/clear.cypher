// Remove some leaves that a sealing left which was interrupted: no seal has their number.
//
// access:  write
// returns: removed; no answer if somebody else has begun to seal
// written: from scripts/queries/seal/clear.cypher
MATCH (sealing:GraphstoreSealing {token: $token})
SET sealing.time = datetime.realtime()
WITH sealing
CALL () {
  MATCH (leaves:GraphstoreLeaves)
  WHERE leaves.seal = $number AND NOT EXISTS { MATCH (:GraphstoreSeal {number: $number}) }
  WITH leaves LIMIT $limit
  DETACH DELETE leaves
  RETURN count(*) AS removed
}
RETURN removed;
