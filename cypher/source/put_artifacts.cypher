// Write artifacts over what the store has of them; rows have all of their properties.
//
// access:  write
// returns: written
// written: from scripts/queries/source/put_{kind}s.cypher
UNWIND $rows AS row
MATCH (artifact:Artifact {id: row.id})
WITH artifact, row, artifact.last_update_time AS before,
  datetime({epochMillis: row.last_update_time}) AS updated
SET artifact = row.properties, artifact:$(row.label),
  artifact.create_time = datetime({epochMillis: row.create_time}),
  artifact.last_update_time = CASE WHEN before > updated THEN before ELSE updated END
RETURN count(*) AS written;
