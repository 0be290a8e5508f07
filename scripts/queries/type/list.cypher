// Every type, or those of one kind, ordered by id; the base types (mlmd.Dataset, ...) come first.
//
<<times.said()>>
//
// A line marked optional is left out when nobody asks for it: with $known_at the answer is what the store
// said then, and `_past` of a type what was changed of it since, which is to be taken back.
//
// access:  read
// as_of:   yes
// returns: types (list of maps)
MATCH (type:Type)
WHERE true
  AND type.kind = $kind // optional
  <<revisions.known('type')>>
<<nodes.row_by_id('type', past=true)>>
