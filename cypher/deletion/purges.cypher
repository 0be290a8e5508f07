// What was purged, the first first: when, by whom, why, the kind of the nodes and their ids.
//
// access:  read
// returns: deletion (map)
MATCH (deletion:GraphstoreDeletion)
RETURN deletion {.*} AS deletion
ORDER BY deletion._deleted, deletion.kind, deletion.ids[0];
