// The runs of a pipeline over time, the newest first, with their steps and what these made.
//
// A run belongs to the pipeline as its child, or because a step of it does. It began when it says so,
// else when its first step did. Of `found` runs until $as_of these are the last $limit, and besides
// all that began within seven days before the last day (UTC) that has a run. Of what the steps made or
// passed on, the last recorded last, only the keys that hold a number, since there may be metrics
// among them; own is whether a model says it of itself, as in answers.compare_executions. Of a step:
// id, type, state, and in milliseconds start, end, creation and last update.
//
// access:  read
// returns: found, run (node), began, executions (list of lists), numbers (list of {own, pairs, create_time})
CALL () {
  MATCH (:Context {id: $context_id})<-[:CHILD_OF]-(run:Context)
  WHERE run.type IN $types
  RETURN run
  UNION
  MATCH (:Context {id: $context_id})<-[:ASSOCIATED_WITH]-(:Execution)-[:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN $types
  RETURN run
}
WITH run, coalesce(run.start_time, COLLECT {
  MATCH (run)<-[:ASSOCIATED_WITH]-(execution:Execution)
  RETURN min(coalesce(execution.start_time, execution.create_time))
}[0], run.create_time) AS began
WHERE began <= $as_of
WITH run, began
ORDER BY began DESC, run.id DESC
WITH collect({run: run, began: began}) AS runs
WITH runs, datetime.truncate('day', coalesce(runs[0].began, $as_of)) - duration('P7D') AS since
UNWIND range(0, size(runs) - 1) AS position
WITH size(runs) AS found, position, since, runs[position] AS one
WHERE position < $limit OR one.began >= since
// Collected, so that rows which are sorted do not carry the list along: Neo4j counts it in each.
WITH found, position, head(collect(one.run)) AS run, head(collect(one.began)) AS began
CALL (run) {
  MATCH (run)<-[:ASSOCIATED_WITH]-(:Execution)-[event:OUTPUT]->(made:Artifact)
  WITH made, max(<<metrics.own('made')>>) AS own,
    min(coalesce(event.ordinal, 0)) AS ordinal
  WITH made, own, ordinal, [key IN keys(made)
    WHERE NOT key IN ['id', 'type_id', 'source_id']
      AND (<<metrics.number('made[key]')>>)
    | [key, made[key]]] AS pairs
  WHERE size(pairs) > 0
  ORDER BY coalesce(made.create_time, datetime({epochMillis: 0})), ordinal, made.id
  RETURN collect({own: own, pairs: pairs, create_time: CASE
    WHEN made.create_time IS :: ZONED DATETIME THEN made.create_time.epochMillis END}) AS numbers
}
RETURN found, run, began, COLLECT {
  MATCH (run)<-[:ASSOCIATED_WITH]-(execution:Execution)
  // Of many datetimes Neo4j takes ten times as long to send as of numbers.
  RETURN [execution.id, execution.type, execution.state,
    <<times.guarded('execution.start_time')>>,
    <<times.guarded('execution.end_time')>>,
    <<times.guarded('execution.create_time')>>,
    <<times.guarded('execution.last_update_time')>>]
} AS executions, numbers
ORDER BY position;
