// Create <<kind>>s, all or none.
//
// The ids were leased beforehand, so that a client that lost the answer can ask again: what is
// there already stays as it is.
//
<<times.said()>>
//
// access:  write
// returns: <<kind>>s (list of maps)
// planned: once
UNWIND $<<kind>>s AS row
MERGE (<<kind>>:<<Kind>> {id: row.id})
  <<nodes.on_create(kind)>>
<<nodes.row(kind)>>
