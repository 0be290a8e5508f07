// Take from tombstones of <<kind>>s what they are known by to others, and who recorded them.
//
// There is no answer if somebody else has the lease.
//
// access:  write
// returns: erased
<<tombstones.holding()>>
CALL (now) {
  <<tombstones.going(kind)>>
  WITH now, node
  WHERE node._deleted IS NOT NULL
  SET node.external_id = null, node._by = 'erased', node._erased = now
  RETURN count(*) AS erased
}
RETURN erased;
