// What the store has of some contexts, by type and name: [place, type's id, name].
//
// Each answer is [place, 2, id, create_time, last_update_time, source, source_id], times in milliseconds since
// the epoch.
//
// access:  read
// returns: known
// written: from scripts/queries/archive/known_contexts.cypher
UNWIND $name_keys AS row
MATCH (node:Context {type_id: row[1], name: row[2]})
RETURN collect([row[0], 2, node.id, CASE WHEN node.create_time IS :: ZONED DATETIME
  THEN node.create_time.epochMillis ELSE node.create_time END,
  CASE WHEN node.last_update_time IS :: ZONED DATETIME
    THEN node.last_update_time.epochMillis ELSE node.last_update_time END, node.source, node.source_id]) AS known;
