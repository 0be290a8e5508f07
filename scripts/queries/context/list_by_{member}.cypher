// The contexts that an <<member>> belongs to, ordered by id.
//
<<times.said_of_rows('context')>>
//
// access:  read
// as_of:   yes
// returns: contexts (lists of maps)
MATCH (:<<Member>> {id: $<<member>>_id})-[edge:<<members.belongs(member)>>]->(context:Context)
<<revisions.where_known('edge', 'context')>>
<<nodes.rows_by_id('context', past=true, limited=true)>>
