// Executions by id, ordered by id; ids that nothing has are left out.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is. A row has a thousand executions at most: a
// row costs drivers more than a node does.
//
// A line marked optional is left out when nobody asks for it: with $known_at the answer is what the store
// said then, and `_past` of a node what was changed of it since, which is to be taken back.
//
// access:  read
// as_of:   yes
// returns: executions (lists of maps)
// written: from scripts/queries/{kind}/get.cypher
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})
WHERE true
  AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
WITH execution
ORDER BY execution.id
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
