// Give the lease of a deletion back.
//
// access:  write
// returns: released
MATCH (lease:GraphstoreLease {name: 'deletion', holder: $holder})
SET lease.until = datetime({epochMillis: datetime.realtime().epochMillis})
RETURN count(*) AS released;
