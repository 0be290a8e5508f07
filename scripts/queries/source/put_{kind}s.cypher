// Write <<kind>>s over what the store has of them, which is kept as a Revision; rows have all of their properties.
//
// access:  write
// returns: written
// planned: once for $rows
UNWIND $rows AS row
MATCH (<<kind>>:<<Kind>> {id: row.id})
WITH <<kind>>, row, properties(<<kind>>) AS before,
  datetime({epochMillis: row.last_update_time}) AS updated,
  <<times.now>> AS now
<<revisions.replaced(kind, 'row.properties')>>
SET <<kind>>:$(row.label),
  <<kind>>._recorded = coalesce(before._recorded, before.create_time),
  <<kind>>.create_time = datetime({epochMillis: row.create_time}),
  <<kind>>.last_update_time = CASE WHEN before.last_update_time > updated
    THEN before.last_update_time ELSE updated END
<<revisions.left(kind, kind)>>
RETURN count(*) AS written;
