// Keep leaves of a seal that is being made, some thousand a node.
//
// access:  write
// returns: written; no answer if somebody else has begun to seal
<<seals.ours()>>
CALL () {
  UNWIND $leaves AS row
  MERGE (leaves:GraphstoreLeaves {seal: row.seal, number: row.number})
  SET leaves += row
  RETURN count(*) AS written
}
RETURN written;
