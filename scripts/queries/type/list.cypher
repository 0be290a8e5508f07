// Every type, or those of one kind, ordered by id; the base types (mlmd.Dataset, ...) come first.
//
// A line marked optional is left out when nobody asks for it.
//
<<times.said()>>
//
// access:  read
// returns: types (list of maps)
MATCH (type:Type)
WHERE true
  AND type.kind = $kind // optional
<<nodes.row_by_id('type')>>
