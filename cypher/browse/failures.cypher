// The executions that failed, newest first, with the error that was recorded, if any.
//
// access:  read
// returns: id, type, create_time, error
MATCH (execution:Execution {state: 'FAILED'})
RETURN execution.id AS id, execution.type AS type, execution.create_time AS create_time,
  coalesce(execution.custom_error, execution.custom___execution_result__) AS error
ORDER BY create_time DESC
LIMIT 100;
