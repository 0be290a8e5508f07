// What some executions made, and who else has to do with it.
//
// A row has a thousand at most. One is [id of the artifact, ids of the executions that made or read it, ids of the
// runs that it belongs to]; what was deleted is left out, unless $with_deleted.
//
// access:  read
// returns: artifacts (lists)
// written: from scripts/queries/deletion/made_by.cypher
MATCH (maker:Execution WHERE maker.id IN $execution_ids)-[:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]->(artifact:Artifact)
WHERE artifact._deleted IS NULL OR $with_deleted
WITH DISTINCT artifact ORDER BY artifact.id
WITH collect([artifact.id, COLLECT {
  MATCH (artifact)-[:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT|INPUT|DECLARED_INPUT|INTERNAL_INPUT]-(user:Execution)
  WHERE user._deleted IS NULL OR $with_deleted
  RETURN DISTINCT user.id ORDER BY user.id LIMIT $limit
}, COLLECT {
  MATCH (artifact)-[:ATTRIBUTED_TO]->(run:Context)
  WHERE run.type IN $types AND (run._deleted IS NULL OR $with_deleted)
  RETURN run.id
}]) AS artifacts
UNWIND range(0, size(artifacts) - 1, 1000) AS first
RETURN artifacts[first..first + 1000] AS artifacts;
