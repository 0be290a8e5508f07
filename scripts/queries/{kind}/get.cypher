// <<Kind>>s by id, ordered by id; ids that nothing has are left out.
//
<<times.said_of_rows(kind)>>
//
// access:  read
// returns: <<kind>>s (lists of maps)
<<nodes.by_id(kind)>>
<<nodes.rows_by_id(kind)>>
