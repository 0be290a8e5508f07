// Create artifacts just as their source has them, times and all, in the contexts they belong to.
//
// Rows have all of an artifact's properties, and its attributions: [place in $context_ids, number].
// The source is locked, so that two imports of it take turns. If it does not have $known artifacts of
// the ids from one to another, there is no answer, and nothing happens; null if it may have any number.
//
// access:  write
// returns: attributions (the numbers of those that were created)
// written: from scripts/queries/source/create_artifacts.cypher
// planned: once for $rows, $context_ids
MATCH (source:GraphstoreSource {name: $source})
SET source.name = source.name
WITH source
CALL (source) {
  MATCH (artifact:Artifact {source: $source})
  WHERE $first_id <= artifact.source_id <= $last_id
  RETURN count(*) AS known
}
WITH known WHERE known = coalesce($known, known)
CALL () {
  UNWIND $context_ids AS id
  OPTIONAL MATCH (context:Context {id: id})
  RETURN collect([context]) AS contexts
}
CALL (contexts) {
  UNWIND $rows AS row
  CREATE (artifact:Artifact:$(row.label))
  SET artifact = row.properties,
    artifact.create_time = datetime({epochMillis: row.create_time}),
    artifact.last_update_time = datetime({epochMillis: row.last_update_time}),
    artifact._recorded = datetime({epochMillis: datetime.transaction().epochMillis}),
    artifact._by = $by
  WITH contexts, artifact, row
  UNWIND row.attributions AS member
  WITH artifact, member, contexts[member[0]][0] AS context WHERE context IS NOT NULL
  CREATE (artifact)-[:ATTRIBUTED_TO]->(context)
  RETURN collect(member[1]) AS attributions
}
RETURN attributions;
