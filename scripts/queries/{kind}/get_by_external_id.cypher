// <<Kind>>s by their ids in somebody else's system, ordered by id.
//
<<times.said_of_rows(kind)>>
//
// access:  read
// returns: <<kind>>s (lists of maps)
<<nodes.by_external_id(kind)>>
<<nodes.rows_by_id(kind)>>
