// The executions that an artifact came out of, oldest first.
//
// Those that only passed on what another had made - a CACHED execution, or what a resolver chose
// (INTERNAL_OUTPUT) - are told apart by passed_on.
//
// access:  read
// returns: execution (node), type, path, time, passed_on
MATCH (:Artifact {id: $artifact_id})<-[event:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(execution:Execution)
RETURN execution, type(event) AS type, event.path AS path, event.time AS time,
  execution.state = 'CACHED' OR type(event) = 'INTERNAL_OUTPUT' AS passed_on
ORDER BY time, execution.id;
