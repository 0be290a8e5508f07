// Write seals as an archive has them.
//
// access:  write
// returns: written
UNWIND $seals AS row
MERGE (seal:GraphstoreSeal {number: row.number})
SET seal = row
RETURN count(seal) AS written;
