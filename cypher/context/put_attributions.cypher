// Make artifacts belong to contexts; what belongs already stays as it is.
//
// The artifacts are locked first, in the order of the rows, so that the test holds until the end.
//
// access:  write
// returns: matched (rows whose two ends exist)
// written: from scripts/queries/context/put_{belonging}.cypher
// planned: once
UNWIND $attributions AS row
MATCH (artifact:Artifact {id: row.artifact_id})
MATCH (context:Context {id: row.context_id})
SET artifact.id = artifact.id
WITH collect({artifact: artifact, context: context}) AS pairs
CALL (pairs) {
  UNWIND pairs AS pair
  WITH pair.artifact AS artifact, pair.context AS context
  WHERE NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context) }
  CREATE (artifact)-[edge:ATTRIBUTED_TO]->(context)
  WITH *, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
  SET edge += CASE
    WHEN coalesce(artifact._recorded, artifact.create_time) < now
      AND coalesce(context._recorded, context.create_time) < now
    THEN {_recorded: now, _by: $by} ELSE {} END
}
RETURN size(pairs) AS matched;
