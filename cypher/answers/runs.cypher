// Runs by their ids, with what they are part of, their steps, and what these made.
//
// Of what the steps made or passed on, the last recorded last, only the keys that hold a number, since
// there may be metrics among them; own is whether a model says it of itself, as in
// answers.compare_executions.
//
// access:  read
// as_of:   yes
// planned: once for $context_ids
// returns: run (node), parents (nodes), executions (nodes), numbers (list of {own, pairs, create_time})
// written: from scripts/queries/answers/runs.cypher
UNWIND range(0, size($context_ids) - 1) AS position
MATCH (run:Context {id: $context_ids[position]})
WHERE true
  AND coalesce(run._recorded, run.create_time) <= $known_at // optional
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
RETURN run {
  .*,
  _past: [(run)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
  create_time: CASE WHEN run.create_time IS :: ZONED DATETIME
    THEN run.create_time.epochMillis ELSE run.create_time END,
  last_update_time: CASE WHEN run.last_update_time IS :: ZONED DATETIME
    THEN run.last_update_time.epochMillis ELSE run.last_update_time END
} AS run, COLLECT {
  MATCH (run)-[edge:CHILD_OF]->(context:Context)
  WHERE true
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  RETURN context {
    .*,
    _past: [(context)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
      THEN context.create_time.epochMillis ELSE context.create_time END,
    last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
      THEN context.last_update_time.epochMillis ELSE context.last_update_time END
  }
} AS parents, COLLECT {
  MATCH (run)<-[edge:ASSOCIATED_WITH]-(execution:Execution)
  WHERE true
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  RETURN execution {
    .*,
    _past: [(execution)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    create_time: CASE WHEN execution.create_time IS :: ZONED DATETIME
      THEN execution.create_time.epochMillis ELSE execution.create_time END,
    last_update_time: CASE WHEN execution.last_update_time IS :: ZONED DATETIME
      THEN execution.last_update_time.epochMillis ELSE execution.last_update_time END,
    start_time: CASE WHEN execution.start_time IS :: ZONED DATETIME
      THEN execution.start_time.epochMillis ELSE execution.start_time END,
    end_time: CASE WHEN execution.end_time IS :: ZONED DATETIME
      THEN execution.end_time.epochMillis ELSE execution.end_time END
  }
} AS executions, numbers
ORDER BY position;
