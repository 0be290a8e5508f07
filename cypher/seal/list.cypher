// The seals of the store, in order.
//
// access:  read
// returns: seal (node)
MATCH (seal:GraphstoreSeal)
RETURN seal
ORDER BY seal.number, seal.until;
