// Events that were taken back from one time on and before another, or those of some nodes.
//
// A row has a thousand at most. One is [time in milliseconds since the epoch, who took it back, kind and id of the node
// that it begins at, its type, kind and id of the one that it ends at, path].
//
// access:  read
// returns: retractions (lists)
CALL () {
  MATCH (one:Artifact)-[edge:RETRACTED_INPUT]->(other:Execution) WHERE $since <= edge._until < $until
    AND (one.id IN $artifact_ids OR other.id IN $execution_ids) // optional
  RETURN one, edge, other
  UNION ALL
  MATCH (one:Execution)-[edge:RETRACTED_OUTPUT]->(other:Artifact) WHERE $since <= edge._until < $until
    AND (other.id IN $artifact_ids OR one.id IN $execution_ids) // optional
  RETURN one, edge, other
}
WITH one, edge, other, edge._until AS time
WITH collect([
  time.epochMillis, edge._retracted_by,
  <<revisions.kind('one')>>,
  one.id, <<revisions.was('edge')>>,
  <<revisions.kind('other')>>,
  other.id, edge.path
]) AS retractions
UNWIND range(0, size(retractions) - 1, 1000) AS first
RETURN retractions[first..first + 1000] AS retractions;
