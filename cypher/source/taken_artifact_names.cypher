// Of some names and external ids, those that artifacts from elsewhere have already.
//
// access:  read
// returns: type_id, name, external_id
// written: from scripts/queries/source/taken_{kind}_names.cypher
// planned: once for $names, $external_ids
CALL () {
  UNWIND $names AS row
  MATCH (artifact:Artifact {type_id: row.type_id, name: row.name})
  RETURN artifact
  UNION
  UNWIND $external_ids AS external_id
  MATCH (artifact:Artifact {external_id: external_id})
  RETURN artifact
}
WITH artifact
WHERE coalesce(artifact.source, '') <> $source
RETURN artifact.type_id AS type_id, artifact.name AS name, artifact.external_id AS external_id;
