// What says that it is going on: steps that are RUNNING, and runs whose status is RUNNING.
//
// Only what a recorder recorded says which process it goes on in (host, pid, began).
//
// access:  read
// returns: execution (node), run (node), step_ids (of the run, RUNNING)
MATCH (execution:Execution)
WHERE execution.state = 'RUNNING'
RETURN execution, null AS run, [] AS step_ids
ORDER BY execution.id
UNION ALL
MATCH (run:Context {type: 'PipelineRun'})
WHERE run.id IS NOT NULL AND run.status = 'RUNNING'
RETURN null AS execution, run, COLLECT {
  MATCH (run)<-[:ASSOCIATED_WITH]-(step:Execution)
  WHERE step.state = 'RUNNING'
  RETURN step.id
} AS step_ids
ORDER BY run.id;
