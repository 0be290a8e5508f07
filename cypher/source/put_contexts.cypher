// Write contexts just as their source has them, times and all; rows have all of their properties.
//
// access:  write
// returns: written
UNWIND $rows AS row
MERGE (context:Context {id: row.id})
SET context = row.properties, context:$(row.label)
RETURN count(*) AS written;
