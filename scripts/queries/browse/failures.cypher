// The executions that failed, newest first, with the error that was recorded, if any.
//
// The recorder says its type and its message, TFX its text.
//
// access:  read
// returns: id, type, create_time, error
MATCH (execution:Execution {state: 'FAILED'})
WITH execution, properties(execution) AS said
RETURN execution.id AS id, execution.type AS type, execution.create_time AS create_time,
  <<history.error('said')>> AS error
ORDER BY create_time DESC, id DESC
LIMIT 100;
