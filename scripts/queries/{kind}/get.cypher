// <<Kind>>s by id, ordered by id; ids that nothing has are left out.
//
<<times.said_of_rows(kind)>>
//
// A line marked optional is left out when nobody asks for it: with $known_at the answer is what the store
// said then, and `_past` of a node what was changed of it since, which is to be taken back.
//
// access:  read
// as_of:   yes
// returns: <<kind>>s (lists of maps)
<<nodes.by_id(kind)>>
WHERE true
  <<revisions.known(kind)>>
<<nodes.rows_by_id(kind, past=true)>>
