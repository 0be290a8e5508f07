// Replace all that <<kind>>s say; when they were created stays, and what they said is kept as a Revision.
//
// The time of the last update always grows, so that a reader can tell that there was one.
//
<<times.said()>>
//
// access:  write
// returns: <<kind>>s (list of maps)
// planned: once
UNWIND $<<kind>>s AS row
MATCH (<<kind>>:<<Kind>> {id: row.id})
WITH <<kind>>, row, properties(<<kind>>) AS before,
  <<times.now>> AS now
<<revisions.replaced(kind, 'row.properties')>>
SET <<kind>>.last_update_time = <<times.growing('before.last_update_time')>>
<<revisions.left(kind, kind)>>
<<nodes.row(kind)>>
