// What was changed from one time on and before another, from what and to what.
//
// A row has a thousand at most. One is [time in milliseconds since the epoch, who changed it, kind of node,
// id, type, name, keys, their values before, their values after]; a value that was not there is [false].
//
// access:  read
// returns: changes (lists)
// written: from scripts/queries/changes/revisions.cypher
MATCH (revision:Revision)
WHERE $since <= revision._until < $until
MATCH (revision)-[:REVISION_OF]->(node)
CALL (node, revision) {
  MATCH (node)<-[:REVISION_OF]-(later:Revision)
  WHERE later._until > revision._until
  WITH later ORDER BY later._until
  RETURN collect(later) AS later
}
WITH node, revision, revision._until AS time, later, [key IN keys(revision) WHERE NOT key IN ['_until', '_by']] AS keys
WITH collect([
  time.epochMillis, revision._by,
  CASE WHEN node:Artifact THEN 'artifact' WHEN node:Execution THEN 'execution' WHEN node:Context THEN 'context' ELSE 'type' END,
  node.id, coalesce(node.type, node.kind + ' type'), node.name, keys, [key IN keys | revision[key]],
  [key IN keys | [one IN later + [node] WHERE one[key] IS NOT NULL | one[key]][0]]
]) AS changes
UNWIND range(0, size(changes) - 1, 1000) AS first
RETURN changes[first..first + 1000] AS changes;
