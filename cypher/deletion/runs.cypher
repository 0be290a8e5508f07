// The runs of a pipeline that were not deleted, as a policy asks of them: the last to begin first.
//
// One is [id, name, when it began in milliseconds since the epoch, its outcome]: its status or, if it says none,
// the state of the step that began last; RUNNING if any step is.
//
// access:  read
// returns: runs (lists)
MATCH (run:Context WHERE run.id IN $ids AND run._deleted IS NULL)
WITH run, COLLECT {
  MATCH (run)<-[:ASSOCIATED_WITH]-(execution:Execution)
  // Where nobody said when it began: when the store learnt of it, which is no later than it ended.
  RETURN [coalesce(execution.start_time, CASE WHEN execution.end_time < execution.create_time
    THEN execution.end_time ELSE execution.create_time END), execution.state] AS step
  ORDER BY step[0], execution.id
} AS steps
WITH run, coalesce(properties(run).start_time, steps[0][0], run.create_time) AS began,
  CASE WHEN any(step IN steps WHERE step[1] = 'RUNNING') THEN 'RUNNING'
    ELSE coalesce(properties(run).status, steps[-1][1], 'UNKNOWN') END AS outcome
ORDER BY began DESC, run.id DESC // the last first
WITH collect([run.id, run.name, began.epochMillis, outcome]) AS runs
UNWIND range(0, size(runs) - 1, 1000) AS first
RETURN runs[first..first + 1000] AS runs;
