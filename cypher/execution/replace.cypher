// Replace all that executions say; when they were created stays, and what they said is kept as a Revision.
//
// The time of the last update always grows, so that a reader can tell that there was one.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: executions (list of maps)
// written: from scripts/queries/{kind}/replace.cypher
// planned: once
UNWIND $executions AS row
MATCH (execution:Execution {id: row.id})
WITH execution, row, properties(execution) AS before,
  datetime({epochMillis: datetime.transaction().epochMillis}) AS now
FOREACH (key IN [
  key IN keys(before) + [key IN keys(row.properties) WHERE before[key] IS NULL]
  WHERE NOT key IN ['id', 'create_time', 'last_update_time', '_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(row.properties[key]) OR before[key] <> row.properties[key])
] | SET execution[key] = row.properties[key])
SET execution.last_update_time = CASE WHEN before.last_update_time >= now
  THEN before.last_update_time + duration({milliseconds: 1}) ELSE now END
WITH *
CALL (*) {
  WITH execution, before, now, properties(execution) AS after
  WITH execution, before, now,
    [key IN keys(before) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(after[key]) OR before[key] <> after[key])
      AND NOT coalesce(before[key] <> before[key] AND after[key] <> after[key], false)]
    + [key IN keys(after) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND before[key] IS NULL] AS changed
  WHERE any(key IN changed WHERE key <> 'last_update_time')
    AND CASE WHEN before._deleted IS NULL THEN true
      ELSE date('graphstore tombstone: execution ' + before.id + ' ' + 'deleted ' + left(toString(before._deleted), 10)
          + coalesce(' by ' + before._deleted_by, '') + coalesce(': ' + before._deleted_why, '')) IS NOT NULL
    END
  SET execution._since = CASE WHEN coalesce(before._since, before._recorded, before.create_time) >= now
      THEN coalesce(before._since, before._recorded, before.create_time) + duration({milliseconds: 1}) ELSE now END
  CREATE (revision:Revision {_until: execution._since, _by: $by})-[:REVISION_OF]->(execution)
  FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
}
RETURN collect(
  execution {
    .*,
    create_time: CASE WHEN execution.create_time IS :: ZONED DATETIME
      THEN execution.create_time.epochMillis ELSE execution.create_time END,
    last_update_time: CASE WHEN execution.last_update_time IS :: ZONED DATETIME
      THEN execution.last_update_time.epochMillis ELSE execution.last_update_time END,
    start_time: CASE WHEN execution.start_time IS :: ZONED DATETIME
      THEN execution.start_time.epochMillis ELSE execution.start_time END,
    end_time: CASE WHEN execution.end_time IS :: ZONED DATETIME
      THEN execution.end_time.epochMillis ELSE execution.end_time END
  }
) AS executions;
