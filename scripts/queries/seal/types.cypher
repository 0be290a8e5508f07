// Types that were recorded from one time on and before another, with what they said before.
//
// access:  read
// returns: kind, labels, properties, revisions (maps), edges (empty)
MATCH (node:Type)
WHERE $since <= node.create_time < $until AND node.id IS :: INTEGER NOT NULL
<<seals.said()>>
RETURN 'type' AS kind, labels, properties,
  <<seals.said_before()>>,
  [] AS edges;
