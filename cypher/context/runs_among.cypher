// Which runs of a pipeline there are, the newest first: a page, found among the newest of all.
//
// Of each type of $types the index is read from the last that was created on, so that no more are looked
// at than a page has, and those that a condition leaves out. The lines marked page and filter are replaced
// (graphstore/storage/lists.py). Deleted ones are left out, but for what was deleted after $deleted_after.
// It serves for a pipeline of many runs; context.runs_of for one of few.
//
// access:  read
// as_of:   yes
// returns: id, create_time
// written: from scripts/queries/context/runs_among.cypher
MATCH (pipeline:Context {id: $context_id})
UNWIND $types AS type
CALL (type, pipeline) {
  MATCH (context:Context {type: type})
  USING INDEX SEEK context:Context(type, create_time, id) // index
  WHERE (EXISTS {
      MATCH (context)-[edge:CHILD_OF]->(pipeline)
      WHERE true
        AND coalesce(edge._recorded, $known_at) <= $known_at // optional
    } OR EXISTS {
      MATCH (pipeline)<-[edge:ASSOCIATED_WITH]-(step:Execution)-[other:ASSOCIATED_WITH]->(context)
      WHERE true
        AND coalesce(step._recorded, step.create_time) <= $known_at // optional
        AND coalesce(edge._recorded, $known_at) <= $known_at // optional
        AND coalesce(other._recorded, $known_at) <= $known_at // optional
    })
    AND context.create_time IS NOT NULL AND context.id IS NOT NULL
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
    AND coalesce(context._deleted > $deleted_after, true)
    AND true // filter
    AND context.id > $after_id // page
  WITH context
  ORDER BY context.type DESC, context.create_time DESC, context.id DESC
  LIMIT $limit
  RETURN context
}
WITH context
ORDER BY context.create_time DESC, context.id DESC
LIMIT $limit
RETURN context.id AS id, context.create_time AS create_time;
