// Write what an archive says of erasures, all of it.
//
// access:  write
// returns: written
UNWIND $copied_erasures AS one
MERGE (erasure:GraphstoreErasure {_recorded: one._recorded, kind: one.kind, ids: one.ids, edge: one.edge})
SET erasure = one
RETURN count(erasure) AS written;
