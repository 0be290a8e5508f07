// The contexts that an <<member>> belongs to, ordered by id.
//
<<times.said_of_rows('context')>>
//
// access:  read
// returns: contexts (lists of maps)
MATCH (:<<Member>> {id: $<<member>>_id})-[:<<members.belongs(member)>>]->(context:Context)
<<nodes.rows_by_id('context')>>
