// Write over what nodes say that they must not: rows have what they said, by key, and what is there instead.
//
// Null removes. What was changed since it was read is left. There is no answer if somebody else has the lease.
//
// access:  write
// returns: erased
<<tombstones.over('(thing)')>>
