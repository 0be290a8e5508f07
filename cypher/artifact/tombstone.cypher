// When, by whom and why the artifact was deleted that has an external id; no answer if none has it that was.
//
// access:  read
// returns: id, deletion (text)
// written: from scripts/queries/{kind}/tombstone.cypher
MATCH (artifact:Artifact {external_id: $external_id})
WHERE artifact._deleted IS NOT NULL
RETURN artifact.id AS id,
  'deleted ' + left(toString(artifact._deleted), 10)
      + coalesce(' by ' + artifact._deleted_by, '') + coalesce(': ' + artifact._deleted_why, '') AS deletion;
