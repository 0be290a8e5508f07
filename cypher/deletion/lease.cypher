// Take the lease that lets one deletion go on at a time, if nobody holds it; one's own is renewed.
//
// access:  write
// returns: holder, by, began, until, now
MERGE (lease:GraphstoreLease {name: 'deletion'})
SET lease.name = lease.name
WITH lease, datetime({epochMillis: datetime.realtime().epochMillis}) AS now
WITH lease, now, lease.holder = $holder OR coalesce(lease.until <= now, true) AS free
SET lease += CASE WHEN free
  THEN {holder: $holder, by: $by, began: now, until: now + duration({seconds: $lease_seconds})} ELSE {} END
RETURN lease.holder AS holder, lease.by AS by, lease.began AS began, lease.until AS until, now;
