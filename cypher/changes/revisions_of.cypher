// What was changed of some nodes from one time on and before another, from what and to what.
//
// A row has a thousand at most. One is [time in milliseconds since the epoch, who changed it, kind of node,
// id, type, name, keys, their values before, their values after]; a value that was not there is [false].
//
// access:  read
// returns: changes (lists)
// written: from scripts/queries/changes/revisions_of.cypher
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (node:Artifact {id: id})
  RETURN node
  UNION ALL
  UNWIND $execution_ids AS id
  MATCH (node:Execution {id: id})
  RETURN node
  UNION ALL
  UNWIND $context_ids AS id
  MATCH (node:Context {id: id})
  RETURN node
}
MATCH (node)<-[:REVISION_OF]-(revision:Revision)
WHERE $since <= revision._until < $until
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
