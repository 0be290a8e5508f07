// Note how far the copy of an archive has come; no answer, and nothing happens, if it was further already.
//
// access:  write
// returns: line
MATCH (store:GraphstoreStore {importing: $archive})
SET store.importing = $archive
WITH store WHERE store.line = $line
SET store.line = $next_line
RETURN store.line AS line;
