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
// written: from scripts/queries/answers/history.cypher
CALL () {
  MATCH (:Context {id: $context_id})<-[edge:CHILD_OF]-(run:Context)
  WHERE run.type IN $types
    AND coalesce(run._recorded, run.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  RETURN run
  UNION
  MATCH (:Context {id: $context_id})<-[edge:ASSOCIATED_WITH]-(step:Execution)-[other:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN $types
    AND coalesce(run._recorded, run.create_time) <= $known_at // optional
    AND coalesce(step._recorded, step.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
    AND coalesce(other._recorded, $known_at) <= $known_at // optional
  RETURN run
}
WITH run, []
  + COLLECT { MATCH (run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  AS past
WITH run, coalesce(nullIf(coalesce(
  head([r IN past WHERE r.start_time IS NOT NULL | r.start_time]),
  properties(run).start_time), [false]), COLLECT {
  MATCH (run)<-[edge:ASSOCIATED_WITH]-(execution:Execution)
  WHERE true
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  WITH execution, []
    + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    AS of_step
  WITH execution, nullIf(coalesce(
    head([r IN of_step WHERE r.start_time IS NOT NULL | r.start_time]),
    properties(execution).start_time), [false]) AS started,
    nullIf(coalesce(
      head([r IN of_step WHERE r.end_time IS NOT NULL | r.end_time]),
      properties(execution).end_time), [false]) AS ended
  RETURN coalesce(started, CASE WHEN ended < execution.create_time THEN ended ELSE execution.create_time END) AS start
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
CALL (run) {
  MATCH (run)<-[member:ASSOCIATED_WITH]-(step:Execution)-[event:OUTPUT
    |RETRACTED_OUTPUT // as of $known_at // optional
  ]->(made:Artifact)
  WHERE true
    AND coalesce(step._recorded, step.create_time) <= $known_at // optional
    AND coalesce(member._recorded, $known_at) <= $known_at // optional
    AND coalesce(made._recorded, made.create_time) <= $known_at // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
  WITH made, max(coalesce(made.type_id IN $model_type_ids
    OR event.path[0] = 'model' AND NOT made.type_id IN $kind_type_ids, false)) AS own,
    min(coalesce(event.ordinal, 0)) AS ordinal
  WITH made, own, ordinal, []
    + COLLECT { MATCH (made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    AS past
  WITH made, own, ordinal, past, reduce(all = keys(made), r IN past | all + [key IN keys(r) WHERE NOT key IN all]) AS keys
  WITH made, own, ordinal, [pair IN [key IN keys WHERE NOT key IN ['id', 'type_id', 'source_id']
      | [key, coalesce(head([r IN past WHERE r[key] IS NOT NULL | r[key]]), made[key])]]
    WHERE pair[1] IS :: INTEGER NOT NULL OR pair[1] IS :: FLOAT NOT NULL | pair] AS pairs
  WHERE size(pairs) > 0
  ORDER BY coalesce(made.create_time, datetime({epochMillis: 0})), ordinal, made.id
  RETURN collect({own: own, pairs: pairs, create_time: CASE
    WHEN made.create_time IS :: ZONED DATETIME THEN made.create_time.epochMillis END}) AS numbers
}
RETURN found, run {
  _past: [(run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS run, began, COLLECT {
  MATCH (run)<-[edge:ASSOCIATED_WITH]-(execution:Execution)
  WHERE true
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  WITH execution, []
    + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    AS of_step
  WITH execution, {
    state: nullIf(coalesce(
      head([r IN of_step WHERE r.state IS NOT NULL | r.state]),
      properties(execution).state), [false]),
    start_time: nullIf(coalesce(
      head([r IN of_step WHERE r.start_time IS NOT NULL | r.start_time]),
      properties(execution).start_time), [false]),
    end_time: nullIf(coalesce(
      head([r IN of_step WHERE r.end_time IS NOT NULL | r.end_time]),
      properties(execution).end_time), [false]),
    last_update_time: nullIf(coalesce(
      head([r IN of_step WHERE r.last_update_time IS NOT NULL | r.last_update_time]),
      properties(execution).last_update_time), [false])
  } AS said
  // Of many datetimes Neo4j takes ten times as long to send as of numbers.
  RETURN [execution.id, execution.type, said.state,
    CASE WHEN said.start_time IS :: ZONED DATETIME
      THEN said.start_time.epochMillis ELSE said.start_time END,
    CASE WHEN said.end_time IS :: ZONED DATETIME
      THEN said.end_time.epochMillis ELSE said.end_time END,
    CASE WHEN execution.create_time IS :: ZONED DATETIME
      THEN execution.create_time.epochMillis ELSE execution.create_time END,
    CASE WHEN said.last_update_time IS :: ZONED DATETIME
      THEN said.last_update_time.epochMillis ELSE said.last_update_time END]
} AS executions, numbers
ORDER BY position;
