// Which runs of a pipeline there are, the newest first: a page, found among all of that pipeline.
//
// The lines marked page and filter are replaced (graphstore/storage/lists.py). Deleted ones are left out,
// but for what was deleted after $deleted_after.
//
// access:  read
// as_of:   yes
// returns: id, create_time
// written: from scripts/queries/context/runs_of.cypher
CALL () {
  MATCH (:Context {id: $context_id})<-[edge:CHILD_OF]-(context:Context)
  WHERE context.type IN $types
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  RETURN context
  UNION
  MATCH (:Context {id: $context_id})<-[edge:ASSOCIATED_WITH]-(step:Execution)-[other:ASSOCIATED_WITH]->(context:Context)
  WHERE context.type IN $types
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
    AND coalesce(step._recorded, step.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
    AND coalesce(other._recorded, $known_at) <= $known_at // optional
  RETURN context
}
WITH context
WHERE coalesce(context._deleted > $deleted_after, true)
  AND true // filter
  AND context.id > $after_id // page
WITH context
ORDER BY context.create_time DESC, context.id DESC
LIMIT $limit
RETURN context.id AS id, context.create_time AS create_time;
