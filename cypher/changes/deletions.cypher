// What was deleted from one time on and before another: tombstones, or those of some nodes, and what was purged.
//
// A row has a thousand at most. One is [time in milliseconds since the epoch, who deleted it, why, kind, id, type,
// whether it was purged]; of what was purged nobody knows the type.
//
// access:  read
// returns: deletions (lists)
// written: from scripts/queries/changes/deletions.cypher
CALL () {
  MATCH (node:Artifact) WHERE $since <= node._deleted < $until
    AND node.id IN $artifact_ids // optional
  RETURN node._deleted AS time, node AS said, 'artifact' AS kind, node.id AS id, node.type AS type, false AS purged
  UNION ALL
  MATCH (node:Execution) WHERE $since <= node._deleted < $until
    AND node.id IN $execution_ids // optional
  RETURN node._deleted AS time, node AS said, 'execution' AS kind, node.id AS id, node.type AS type, false AS purged
  UNION ALL
  MATCH (node:Context) WHERE $since <= node._deleted < $until
    AND node.id IN $context_ids // optional
  RETURN node._deleted AS time, node AS said, 'context' AS kind, node.id AS id, node.type AS type, false AS purged
  UNION ALL
  MATCH (deletion:GraphstoreDeletion) WHERE $since <= deletion._deleted < $until AND $with_purges
  UNWIND deletion.ids AS id
  RETURN deletion._deleted AS time, deletion AS said, deletion.kind AS kind, id, '' AS type, true AS purged
}
WITH collect([time.epochMillis, said._deleted_by, said._deleted_why, kind, id, type, purged]) AS deletions
UNWIND range(0, size(deletions) - 1, 1000) AS first
RETURN deletions[first..first + 1000] AS deletions;
