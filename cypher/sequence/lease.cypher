// Lease the next ids of some kinds to one process: `count` of them, beginning with `first`.
//
// A process leases more than it needs at once, so that writers do not meet at the counters.
//
// access:  write
// returns: name, first
UNWIND $leases AS lease
MATCH (sequence:GraphstoreSequence {name: lease.name})
SET sequence.next = sequence.next + lease.count
RETURN sequence.name AS name, sequence.next - lease.count AS first;
