// What was deleted for good: ids by kind.
//
// access:  read
// returns: kind, ids
MATCH (deletion:GraphstoreDeletion)
RETURN deletion.kind AS kind, deletion.ids AS ids;
