// The runs of a pipeline over time, the newest first, with their steps and what these made.
//
// A run belongs to the pipeline as its child, or because a step of it does. It began when it says so,
// else when its first step did. Of `found` runs until $on these are the last $limit, and besides
// all that began within seven days before the last day (UTC) that has a run. Of what the steps made or
// passed on, the last recorded last, only the keys that hold a number, since there may be metrics
// among them; own is whether a model says it of itself, as in answers.compare_executions. Of a step:
// id, type, state, and in milliseconds start, end, creation and last update.
//
// access:  read
// as_of:   yes
// returns: found, run (node), began, executions (list of lists), numbers (list of {own, pairs, create_time})
<<runs.of_pipeline('run')>>
WITH run, <<revisions.changes_of('run')>>
WITH run, coalesce(<<revisions.by('past', 'run', 'start_time')>>, COLLECT {
  MATCH (run)<-[edge:ASSOCIATED_WITH]-(execution:Execution)
  <<revisions.where_known('edge', 'execution')>>
  WITH execution, <<revisions.changes_of('execution', 'of_step')>>
  WITH execution, <<revisions.by('of_step', 'execution', 'start_time')>> AS started,
    <<revisions.by('of_step', 'execution', 'end_time')>> AS ended
  RETURN coalesce(started, <<history.learnt('execution.create_time', 'ended')>>) AS start
  ORDER BY start LIMIT 1
}[0], run.create_time) AS began
WHERE began <= $on
WITH run, began
ORDER BY began DESC, run.id DESC
WITH collect({run: run, began: began}) AS runs
WITH runs, datetime.truncate('day', coalesce(runs[0].began, $on)) - duration('P7D') AS since
UNWIND range(0, size(runs) - 1) AS position
WITH size(runs) AS found, position, since, runs[position] AS one
WHERE position < $limit OR one.began >= since
// Collected, so that rows which are sorted do not carry the list along: Neo4j counts it in each.
WITH found, position, head(collect(one.run)) AS run, head(collect(one.began)) AS began
<<runs.numbers('run')>>
RETURN found, <<revisions.node('run')>> AS run, began, COLLECT {
  MATCH (run)<-[edge:ASSOCIATED_WITH]-(execution:Execution)
  <<revisions.where_known('edge', 'execution')>>
  WITH execution, <<revisions.changes_of('execution', 'of_step')>>
  WITH execution, {
    state: <<revisions.by('of_step', 'execution', 'state')>>,
    start_time: <<revisions.by('of_step', 'execution', 'start_time')>>,
    end_time: <<revisions.by('of_step', 'execution', 'end_time')>>,
    last_update_time: <<revisions.by('of_step', 'execution', 'last_update_time')>>
  } AS said
  // Of many datetimes Neo4j takes ten times as long to send as of numbers.
  RETURN [execution.id, execution.type, said.state,
    <<times.guarded('said.start_time')>>,
    <<times.guarded('said.end_time')>>,
    <<times.guarded('execution.create_time')>>,
    <<times.guarded('said.last_update_time')>>]
} AS executions, numbers
ORDER BY position;
