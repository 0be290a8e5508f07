// What was imported from a source as its <<member>>s of the ids from one to another.
//
// access:  read
// returns: known
//
// Each is [source_id, id, whether it may be updated, create_time, last_update_time, properties]: what was
// deleted may not; times in milliseconds, properties only of those whose last update is at 0, which nobody knows.
MATCH (<<member>>:<<Member>> {source: $source})
WHERE $first_id <= <<member>>.source_id <= $last_id
WITH <<member>>, coalesce(<<times.guarded(member + '.last_update_time')>>, 0) AS time
RETURN collect([
  <<member>>.source_id, <<member>>.id, <<member>>._deleted IS NULL, <<times.guarded(member + '.create_time')>>, time,
  CASE time WHEN 0 THEN properties(<<member>>) END
]) AS known;
