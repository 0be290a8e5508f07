// What the store has of some contexts, by type and name: [place, type's id, name].
//
// Each answer is [place, 2, id, create_time, last_update_time, source, source_id], times in milliseconds since
// the epoch.
//
// access:  read
// returns: known
UNWIND $name_keys AS row
MATCH (node:Context {type_id: row[1], name: row[2]})
RETURN collect([row[0], 2, node.id, <<times.guarded('node.create_time')>>,
  <<times.guarded('node.last_update_time')>>, node.source, node.source_id]) AS known;
