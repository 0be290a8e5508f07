// Make artifacts that were imported from a source, named by their ids there, belong to contexts.
//
// access:  write
// returns: matched (the numbers of the rows whose two ends exist), created
// written: from scripts/queries/source/put_{belonging}.cypher
UNWIND $rows AS row
MATCH (artifact:Artifact {source: $source, source_id: row.artifact_id})
MATCH (context:Context {id: row.context})
WITH row, artifact, context,
  NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context) } AS is_new
MERGE (artifact)-[:ATTRIBUTED_TO]->(context)
RETURN collect(row.number) AS matched, sum(toInteger(is_new)) AS created;
