// Types of one kind by their ids in somebody else's system, ordered by id.
//
<<times.said()>>
//
// access:  read
// returns: types (list of maps)
<<nodes.by_external_id('type')>>
WHERE type.kind = $kind
<<nodes.row_by_id('type')>>
