// Take from tombstones of <<kind>>s what they are known by to others, and who recorded them.
//
// A GraphstoreErasure tells of which. There is no answer if somebody else has the lease.
//
// access:  write
// returns: erased
<<tombstones.holding()>>
CALL (now) {
  <<tombstones.going(kind)>>
  WITH now, node
  WHERE node._deleted IS NOT NULL
    AND (node._erased IS NULL OR node.external_id IS NOT NULL OR coalesce(node._by, '') <> 'erased')
  SET node.external_id = null, node._by = 'erased', node._erased = now
  RETURN collect(node.id) AS ids
}
CALL (now, ids) {
  WITH now, ids
  WHERE ids <> []
  <<tombstones.told("'" + kind + "'")>>
}
RETURN size(ids) AS erased;
