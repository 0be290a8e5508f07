// What tells of erasures, the first first: when, by whom, why, the kind of the nodes and their ids, or those of edges.
//
// access:  read
// returns: erasure (map)
MATCH (erasure:GraphstoreErasure)
RETURN erasure {.*} AS erasure
ORDER BY erasure._recorded, erasure.kind, erasure.edge, erasure.ids[0];
