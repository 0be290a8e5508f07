// What the store has of some executions.
//
// They are known by their source and id there, by the ids that they have here if they began here, or by their
// external ids. Rows are [place, source, id there], [place, id], and [place, external id, type's id]. Each answer is [place,
// way (0 by source, 1 by id, 2 by external id), id, create_time, last_update_time, source, source_id, whether it
// was deleted, when something of it was erased], times in milliseconds since the epoch.
//
// access:  read
// returns: known
// written: from scripts/queries/archive/known_{member}s.cypher
// planned: once
CALL () {
  UNWIND $source_keys AS row
  MATCH (node:Execution {source: row[1], source_id: row[2]})
  RETURN row[0] AS place, 0 AS way, node
  UNION ALL
  UNWIND $id_keys AS row
  MATCH (node:Execution {id: row[1]})
  WHERE node.source_id IS NULL
  RETURN row[0] AS place, 1 AS way, node
  UNION ALL
  UNWIND $external_keys AS row
  MATCH (node:Execution {external_id: row[1]})
  WHERE node.type_id = row[2]
  RETURN row[0] AS place, 2 AS way, node
}
RETURN collect([place, way, node.id, CASE WHEN node.create_time IS :: ZONED DATETIME
  THEN node.create_time.epochMillis ELSE node.create_time END,
  CASE WHEN node.last_update_time IS :: ZONED DATETIME
    THEN node.last_update_time.epochMillis ELSE node.last_update_time END, node.source, node.source_id, node._deleted IS NOT NULL,
  CASE WHEN node._erased IS :: ZONED DATETIME
    THEN node._erased.epochMillis ELSE node._erased END]) AS known;
