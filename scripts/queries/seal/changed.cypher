// Nodes and types that were changed from one time on and before another, as seals have them.
//
// Each has what it said before, back to the first of these changes.
//
// access:  read
// returns: labels, properties, kind, revisions (lists of a map, and whether it was made in that time)
MATCH (revision:Revision) WHERE $since <= revision._until < $until
MATCH (revision)-[:REVISION_OF]->(node)
WITH DISTINCT node
<<seals.said()>>
RETURN labels, properties,
  <<revisions.kind('node')>> AS kind,
  COLLECT {
    MATCH (node)<-[:REVISION_OF]-(revision:Revision)
    WHERE revision._until >= $since
    RETURN [properties(revision), revision._until < $until]
  } AS revisions;
