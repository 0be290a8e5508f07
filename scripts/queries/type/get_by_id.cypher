// Types by id, ordered by id; ids that no type has are left out.
//
<<times.said()>>
//
// A line marked optional is left out when nobody asks for it: with $known_at the answer is what the store
// said then, and `_past` of a type what was changed of it since, which is to be taken back.
//
// access:  read
// as_of:   yes
// returns: types (list of maps)
UNWIND $type_ids AS id
MATCH (type:Type {id: id})
WHERE true
  <<revisions.known('type')>>
<<nodes.row_by_id('type', past=true)>>
