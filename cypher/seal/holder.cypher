// Who seals this store just now.
//
// access:  read
// returns: by, time (milliseconds since the epoch)
MATCH (sealing:GraphstoreSealing)
RETURN sealing.by AS by, CASE WHEN sealing.time IS :: ZONED DATETIME THEN sealing.time.epochMillis ELSE sealing.time END AS time;
