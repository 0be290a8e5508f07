// Make tombstones of <<kind>>s: all that they said goes, with their revisions and series; their edges stay.
//
// What was deleted already stays as it is.<<" Of $alone_ids those are left that somebody has read or made since $planned." if kind == 'artifact' else ''>>
// There is no answer, and nothing is written, if somebody else has the lease.
//
// access:  write
// returns: ids (of those that are tombstones now and were none)
<<tombstones.holding()>>
CALL (now) {
  <<tombstones.going(kind)>>
  WITH now, node
  WHERE node._deleted IS NULL
{% if kind == 'artifact' %}
    AND NOT (node.id IN $alone_ids AND EXISTS {
      MATCH (node)-[event:<<tombstones.read>>|<<tombstones.made>>]-(user:Execution)
      WHERE coalesce(event._recorded, user._recorded, user.create_time) >= $planned
    })
{% endif %}
  <<tombstones.unhang('node')>>
  WITH now, node, properties(node) AS before
  SET node = <<tombstones.left_of('before')>>
  RETURN collect(node.id) AS ids
}
RETURN ids;
