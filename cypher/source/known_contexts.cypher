// What was imported from a source as its contexts of the ids from one to another.
//
// access:  read
// returns: known
// written: from scripts/queries/source/known_{kind}s.cypher
//
// Each is [source_id, id, whether it may be updated, create_time, last_update_time, properties]: what was
// deleted may not; times in milliseconds, properties only of those whose last update is at 0, which nobody knows,
// or of all if the source is $untimed: if it does not know when what it has was updated.
MATCH (context:Context {source: $source})
WHERE $first_id <= context.source_id <= $last_id
WITH context, coalesce(CASE WHEN context.last_update_time IS :: ZONED DATETIME
  THEN context.last_update_time.epochMillis ELSE context.last_update_time END, 0) AS time
RETURN collect([
  context.source_id, context.id, context._deleted IS NULL, CASE WHEN context.create_time IS :: ZONED DATETIME
    THEN context.create_time.epochMillis ELSE context.create_time END, time,
  CASE WHEN time = 0 OR $untimed THEN properties(context) END
]) AS known;
