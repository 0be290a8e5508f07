// Write what an archive says of purges, all of it.
//
// access:  write
// returns: written
UNWIND $deletions AS one
MERGE (deletion:GraphstoreDeletion {_deleted: one._deleted, kind: one.kind, ids: one.ids})
SET deletion = one
RETURN count(*) AS written;
