// Executions by type, context, state, time, properties and filter, a page at a time.
//
// A line marked optional is left out when nobody asks for it. The page begins after the last id
// of the page before, so that it stays put while others write; in another order than by id, the
// lines marked page and order are replaced, and with a filter the line marked so
// (graphstore/storage/lists.py).
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is. A row has a thousand executions at most: a
// row costs drivers more than a node does.
//
// Of what was deleted there is only what was deleted after $deleted_after: nothing, or what was there then.
//
// With $known_at the answer is what the store said then, and `_past` of a node what was changed of it
// since, which is to be taken back; what is asked of values that may change is to be asked then.
//
// access:  read
// as_of:   yes
// returns: executions (lists of maps)
// written: from scripts/queries/{kind}/list.cypher
MATCH (:Context {id: $context_id})<-[:ASSOCIATED_WITH]-(execution:Execution) // optional
MATCH (:Context {id: $context_id_then})<-[edge:ASSOCIATED_WITH]-(execution) WHERE coalesce(edge._recorded, $known_at) <= $known_at // optional
MATCH (execution:Execution)
WHERE true
  AND execution.type = $type // optional
  AND coalesce(execution.type_version, '') = $type_version // optional
  AND execution.state IN $states // optional
  AND execution.create_time >= $created_since // optional
  AND execution.create_time < $created_before // optional
  AND all(property IN $property_values WHERE execution[property.key] = property.value) // optional
  AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  AND coalesce(execution._deleted > $deleted_after, true)
  AND true // filter
  AND execution.id > $after_id // page
WITH execution
ORDER BY execution.id // order
LIMIT $limit
WITH collect(execution) AS executions
UNWIND range(0, size(executions) - 1, 1000) AS first
RETURN [execution IN executions[first..first + 1000] |
  execution {
    .*,
    _past: [(execution)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    create_time: CASE WHEN execution.create_time IS :: ZONED DATETIME
      THEN execution.create_time.epochMillis ELSE execution.create_time END,
    last_update_time: CASE WHEN execution.last_update_time IS :: ZONED DATETIME
      THEN execution.last_update_time.epochMillis ELSE execution.last_update_time END,
    start_time: CASE WHEN execution.start_time IS :: ZONED DATETIME
      THEN execution.start_time.epochMillis ELSE execution.start_time END,
    end_time: CASE WHEN execution.end_time IS :: ZONED DATETIME
      THEN execution.end_time.epochMillis ELSE execution.end_time END
  }
] AS executions;
