// <<Kind>>s that were recorded from one time on and before another.
//
// A row has a thousand at most. One is [time in milliseconds since the epoch, who recorded it, id, type,
// name, whether it was imported].
//
// access:  read
// returns: <<kind>>s (lists)
CALL () {
  MATCH (<<kind>>:<<Kind>>)
  WHERE $since <= <<kind>>.create_time < $until AND <<kind>>.id IS NOT NULL AND <<kind>>._recorded IS NULL
    AND <<kind>>.id IN $<<kind>>_ids // optional
  RETURN <<kind>>, <<kind>>.create_time AS time
  UNION ALL
  MATCH (<<kind>>:<<Kind>>)
  WHERE $since <= <<kind>>._recorded < $until
    AND <<kind>>.id IN $<<kind>>_ids // optional
  RETURN <<kind>>, <<kind>>._recorded AS time
}
WITH collect([
  time.epochMillis, <<kind>>._by, <<kind>>.id, <<kind>>.type, <<kind>>.name, <<kind>>.source IS NOT NULL
]) AS <<kind>>s
UNWIND range(0, size(<<kind>>s) - 1, 1000) AS first
RETURN <<kind>>s[first..first + 1000] AS <<kind>>s;
