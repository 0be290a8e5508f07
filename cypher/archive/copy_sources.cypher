// Write what an archive says of its sources, all of it.
//
// access:  write
// returns: written
UNWIND $sources AS one
MERGE (source:GraphstoreSource {name: one.name})
SET source = one
RETURN count(*) AS written;
