// Note that an archive has been copied.
//
// access:  write
// returns: id
MATCH (store:GraphstoreStore {importing: $archive})
REMOVE store.importing, store.line
RETURN store.id AS id;
