// Make imported artifacts that belong to no context yet belong to contexts.
//
// Rows are [artifact, members], members [place in $contexts, number]. The artifact is locked, so that
// nobody does the same meanwhile; that it belongs to none spares looking for each of them.
//
// access:  write
// returns: matched (the numbers of the members that were created)
CALL () {
  UNWIND $contexts AS row
  OPTIONAL MATCH (context:Context {type_id: row.type_id, name: row.name})
  RETURN collect([context]) AS contexts
}
UNWIND $member_rows AS row
MATCH (artifact:Artifact {source: $source, source_id: row[0]})
SET artifact.id = artifact.id
WITH contexts, row, artifact WHERE NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->() }
UNWIND row[1] AS member
WITH artifact, member, contexts[member[0]][0] AS context WHERE context IS NOT NULL
CREATE (artifact)-[:ATTRIBUTED_TO]->(context)
RETURN collect(member[1]) AS matched;
