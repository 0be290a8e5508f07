// Replace all that <<kind>>s say; when they were created stays.
//
// The time of the last update always grows, so that a reader can tell that there was one.
//
<<times.said()>>
//
// access:  write
// returns: <<kind>>s (list of maps)
UNWIND $<<kind>>s AS row
MATCH (<<kind>>:<<Kind>> {id: row.id})
WITH <<kind>>, row, <<kind>>.create_time AS created,
  <<kind>>.last_update_time AS updated,
  datetime({epochMillis: timestamp()}) AS now
SET <<kind>> = row.properties,
  <<kind>>.create_time = created,
  <<kind>>.last_update_time = <<times.growing('updated')>>
<<nodes.row(kind)>>
