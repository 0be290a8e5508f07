// The contexts of some types and names, wherever they came from.
//
// access:  read
// returns: known
// written: from scripts/queries/source/known_contexts.cypher
//
// Each is [type_id, name, id, whether it is from the source, create_time, last_update_time,
// properties]: times in milliseconds, properties only of those whose last update is at 0, which
// nobody knows.
UNWIND $names AS row
MATCH (context:Context {type_id: row.type_id, name: row.name})
WITH context, coalesce(CASE WHEN context.last_update_time IS :: ZONED DATETIME
  THEN context.last_update_time.epochMillis ELSE context.last_update_time END, 0) AS time
RETURN collect([
  context.type_id, context.name, context.id, coalesce(context.source = $source, false),
  CASE WHEN context.create_time IS :: ZONED DATETIME
    THEN context.create_time.epochMillis ELSE context.create_time END, time, CASE time WHEN 0 THEN properties(context) END
]) AS known;
