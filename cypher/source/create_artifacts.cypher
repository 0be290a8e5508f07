// Create artifacts just as their source has them, times and all; rows have all of their properties.
//
// access:  write
// returns: written
UNWIND $rows AS row
CREATE (artifact:Artifact:$(row.label))
SET artifact = row.properties,
  artifact.create_time = datetime({epochMillis: row.create_time}),
  artifact.last_update_time = datetime({epochMillis: row.last_update_time})
RETURN count(*) AS written;
