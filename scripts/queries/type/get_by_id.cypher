// Types by id, ordered by id; ids that no type has are left out.
//
<<times.said()>>
//
// access:  read
// returns: types (list of maps)
UNWIND $type_ids AS id
MATCH (type:Type {id: id})
<<nodes.row_by_id('type')>>
