// Note that nobody seals any more.
//
// access:  write
// returns: ended
MATCH (sealing:GraphstoreSealing {token: $token})
DELETE sealing
RETURN count(*) AS ended;
