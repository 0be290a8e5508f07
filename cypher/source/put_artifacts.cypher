// Write artifacts over what the store has of them; rows have all of their properties.
//
// access:  write
// returns: written
UNWIND $rows AS row
MATCH (artifact:Artifact {id: row.id})
SET artifact = row.properties, artifact:$(row.label),
  artifact.create_time = datetime({epochMillis: row.create_time}),
  artifact.last_update_time = datetime({epochMillis: row.last_update_time})
RETURN count(*) AS written;
