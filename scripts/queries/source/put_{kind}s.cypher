// Write <<kind>>s over what the store has of them; rows have all of their properties.
//
// access:  write
// returns: written
UNWIND $rows AS row
MATCH (<<kind>>:<<Kind>> {id: row.id})
WITH <<kind>>, row, <<kind>>.last_update_time AS before,
  datetime({epochMillis: row.last_update_time}) AS updated
SET <<kind>> = row.properties, <<kind>>:$(row.label),
  <<kind>>.create_time = datetime({epochMillis: row.create_time}),
  <<kind>>.last_update_time = CASE WHEN before > updated THEN before ELSE updated END
RETURN count(*) AS written;
