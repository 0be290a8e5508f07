// The node that says which store this is; made if there is none.
//
// A counter is locked, so that two that ask at once make one.
//
// access:  write
// returns: store (node)
MATCH (sequence:GraphstoreSequence {name: 'type'})
SET sequence.next = sequence.next
MERGE (store:GraphstoreStore)
  ON CREATE SET store.id = $store_id, store.create_time = datetime({epochMillis: timestamp()})
RETURN store;
