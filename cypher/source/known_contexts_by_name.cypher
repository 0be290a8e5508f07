// The contexts of some types and names, wherever they came from, and those of a source that were deleted.
//
// access:  read
// returns: known
// written: from scripts/queries/source/known_contexts_by_name.cypher
//
// Each is [type_id, name, id, whether it is from the source, create_time, last_update_time,
// properties]: times in milliseconds, properties only of those whose last update is at 0, which
// nobody knows. What was deleted has no name any more, and is known by its id there, unless there is
// another one of the name; it counts as somebody else's, which is not updated.
CALL () {
  UNWIND $names AS row
  MATCH (context:Context {source: $source, source_id: row.source_id})
  WHERE context._deleted IS NOT NULL
  RETURN row, context
  UNION ALL
  UNWIND $names AS row
  MATCH (context:Context {type_id: row.type_id, name: row.name})
  RETURN row, context
}
WITH row, context, coalesce(CASE WHEN context.last_update_time IS :: ZONED DATETIME
  THEN context.last_update_time.epochMillis ELSE context.last_update_time END, 0) AS time
RETURN collect([
  row.type_id, row.name, context.id, coalesce(context.source = $source AND context._deleted IS NULL, false),
  CASE WHEN context.create_time IS :: ZONED DATETIME
    THEN context.create_time.epochMillis ELSE context.create_time END, time, CASE time WHEN 0 THEN properties(context) END
]) AS known;
