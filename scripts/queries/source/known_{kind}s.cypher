// What was imported from a source as its <<kind>>s of the ids from one to another.
//
// access:  read
// returns: known
//
// Each is [source_id, id, whether it may be updated, create_time, last_update_time, properties]: what was
// deleted may not; times in milliseconds, properties only of those whose last update is at 0, which nobody knows,
// or of all if the source is $untimed: if it does not know when what it has was updated.
MATCH (<<kind>>:<<Kind>> {source: $source})
WHERE $first_id <= <<kind>>.source_id <= $last_id
WITH <<kind>>, coalesce(<<times.guarded(kind + '.last_update_time')>>, 0) AS time
RETURN collect([
  <<kind>>.source_id, <<kind>>.id, <<kind>>._deleted IS NULL, <<times.guarded(kind + '.create_time')>>, time,
  CASE WHEN time = 0 OR $untimed THEN properties(<<kind>>) END
]) AS known;
