// What the store has of some contexts, by type and name: [place, type's id, name].
//
// What was deleted, here or there, has no name: it is known by its source and id there, or by the id that it has
// here if it began here. Rows are [place, source, id there, whether it was deleted there] and [place, id,
// whether it was deleted there]. Each answer is [place, way (0 by name, 1 by
// source, 2 by id), id, create_time, last_update_time, source, source_id, whether it was deleted, when
// something of it was erased], times in milliseconds since the epoch.
//
// access:  read
// returns: known
// planned: once
CALL () {
  UNWIND $name_keys AS row
  MATCH (node:Context {type_id: row[1], name: row[2]})
  RETURN row[0] AS place, 0 AS way, node
  UNION ALL
  UNWIND $source_keys AS row
  MATCH (node:Context {source: row[1], source_id: row[2]})
  WHERE node._deleted IS NOT NULL OR row[3]
  RETURN row[0] AS place, 1 AS way, node
  UNION ALL
  UNWIND $id_keys AS row
  MATCH (node:Context {id: row[1]})
  WHERE node.source_id IS NULL AND (node._deleted IS NOT NULL OR row[2])
  RETURN row[0] AS place, 2 AS way, node
}
RETURN collect([place, way, node.id, <<times.guarded('node.create_time')>>,
  <<times.guarded('node.last_update_time')>>, node.source, node.source_id, node._deleted IS NOT NULL,
  <<times.guarded('node._erased')>>]) AS known;
