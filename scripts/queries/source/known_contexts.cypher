// The contexts of some types and names, wherever they came from.
//
// access:  read
// returns: known
//
// Each is [type_id, name, id, whether it is from the source, create_time, last_update_time,
// properties]: times in milliseconds, properties only of those whose last update is at 0, which
// nobody knows.
UNWIND $names AS row
MATCH (context:Context {type_id: row.type_id, name: row.name})
WITH context, coalesce(<<times.guarded('context.last_update_time')>>, 0) AS time
RETURN collect([
  context.type_id, context.name, context.id, coalesce(context.source = $source, false),
  <<times.guarded('context.create_time')>>, time, CASE time WHEN 0 THEN properties(context) END
]) AS known;
