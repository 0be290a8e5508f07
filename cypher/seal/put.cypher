// Make a seal of leaves that are kept, and so end to seal.
//
// access:  write
// returns: number; no answer if somebody else has begun to seal
// written: from scripts/queries/seal/put.cypher
MATCH (sealing:GraphstoreSealing {token: $token})
SET sealing.time = datetime.realtime()
WITH sealing
WHERE COUNT { MATCH (:GraphstoreSeal) } = $seal.number - 1
CREATE (seal:GraphstoreSeal)
SET seal = $seal
DELETE sealing
RETURN $seal.number AS number;
