// Begin to seal, unless somebody else does: who has not been heard of for $patience seconds is gone.
//
// There is no answer if somebody does. A counter is locked, so that two that ask at once take turns.
//
// access:  write
// returns: token
MATCH (sequence:GraphstoreSequence {name: 'type'})
SET sequence.next = sequence.next
WITH sequence, datetime.realtime() AS now
OPTIONAL MATCH (other:GraphstoreSealing)
WHERE other.token <> $token AND other.time > now - duration({seconds: $patience})
WITH now, count(other) AS others
WHERE others = 0
MERGE (sealing:GraphstoreSealing)
SET sealing.token = $token, sealing.time = now, sealing.by = $by
RETURN sealing.token AS token;
