// Make artifacts that were imported from a source, named by their ids there, belong to contexts.
//
// access:  write
// returns: matched (the numbers of the rows whose two ends exist), created
// written: from scripts/queries/source/put_{belonging}.cypher
// planned: once for $rows
UNWIND $rows AS row
MATCH (artifact:Artifact {source: $source, source_id: row.artifact_id})
MATCH (context:Context {id: row.context})
WITH row, artifact, context, datetime({epochMillis: datetime.transaction().epochMillis}) AS now,
  NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context) } AS is_new
MERGE (artifact)-[edge:ATTRIBUTED_TO]->(context)
  ON CREATE SET edge += CASE
    WHEN coalesce(artifact._recorded, artifact.create_time) < now
      AND coalesce(context._recorded, context.create_time) < now
    THEN {_recorded: now, _by: $by} ELSE {} END
RETURN collect(row.number) AS matched, sum(toInteger(is_new)) AS created;
