// Write what is kept of leaves: as an archive has them, or what is left of some when their salts have gone.
//
// access:  write
// returns: written
UNWIND $leaves AS row
MERGE (leaves:GraphstoreLeaves {seal: row.seal, number: row.number})
SET leaves += row
RETURN count(leaves) AS written;
