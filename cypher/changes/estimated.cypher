// Until when the time at which something was recorded may be an estimate: the store did not note it.
//
// access:  read
// returns: until (milliseconds since the epoch)
MATCH (migration:GraphstoreMigration {version: 6})
WITH migration.applied AS time
RETURN time.epochMillis AS until;
