// Mark steps and runs as given up, whose processes are gone, unless they have ended meanwhile.
//
// Nor is marked what has been gone on with in another process (host, pid, began) meanwhile.
//
// access:  write
// returns: executions (count), runs (count)
// written: from scripts/queries/doctor/abandon.cypher
CALL () {
  UNWIND $abandoned_executions AS row
  MATCH (execution:Execution {id: row.id})
  SET execution.id = execution.id
  WITH row, execution, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
  WHERE execution.state = 'RUNNING'
    AND [coalesce(execution.host, ''), coalesce(execution.pid, ''), coalesce(execution.began, '')] = row.process
  WITH *, properties(execution) AS before
  SET execution.state = 'FAILED',
    execution.error_type = 'Abandoned',
    execution.error_message = row.reason,
    execution.last_update_time = CASE WHEN execution.last_update_time >= now
      THEN execution.last_update_time + duration({milliseconds: 1}) ELSE now END
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
  RETURN count(*) AS executions
}
CALL () {
  UNWIND $abandoned_runs AS row
  MATCH (run:Context {id: row.id})
  SET run.id = run.id
  WITH row, run, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
  WHERE run.status = 'RUNNING'
    AND [coalesce(run.host, ''), coalesce(run.pid, ''), coalesce(run.began, '')] = row.process
  WITH *, properties(run) AS before
  SET run.status = 'ABANDONED',
    run.error_type = 'Abandoned',
    run.error_message = row.reason,
    run.last_update_time = CASE WHEN run.last_update_time >= now
      THEN run.last_update_time + duration({milliseconds: 1}) ELSE now END
  WITH *
  CALL (*) {
    WITH run, before, now, properties(run) AS after
    WITH run, before, now,
      [key IN keys(before) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased']
        AND (valueType(before[key]) <> valueType(after[key]) OR before[key] <> after[key])
        AND NOT coalesce(before[key] <> before[key] AND after[key] <> after[key], false)]
      + [key IN keys(after) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND before[key] IS NULL] AS changed
    WHERE any(key IN changed WHERE key <> 'last_update_time')
      AND CASE WHEN before._deleted IS NULL THEN true
        ELSE date('graphstore tombstone: context ' + before.id + ' ' + 'deleted ' + left(toString(before._deleted), 10)
            + coalesce(' by ' + before._deleted_by, '') + coalesce(': ' + before._deleted_why, '')) IS NOT NULL
      END
    SET run._since = CASE WHEN coalesce(before._since, before._recorded, before.create_time) >= now
        THEN coalesce(before._since, before._recorded, before.create_time) + duration({milliseconds: 1}) ELSE now END
    CREATE (revision:Revision {_until: run._since, _by: $by})-[:REVISION_OF]->(run)
    FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
  }
  RETURN count(*) AS runs
}
RETURN executions, runs;
