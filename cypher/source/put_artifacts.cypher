// Write artifacts just as their source has them, times and all; rows have all of their properties.
//
// access:  write
// returns: written
UNWIND $rows AS row
MERGE (artifact:Artifact {id: row.id})
SET artifact = row.properties, artifact:$(row.label)
RETURN count(*) AS written;
