// What was imported from a source as its artifacts of the ids from one to another.
//
// access:  read
// returns: known
//
// Each is [source_id, id, true, create_time, last_update_time, properties]: times in milliseconds,
// properties only of those whose last update is at 0, which nobody knows.
MATCH (artifact:Artifact {source: $source})
WHERE $first_id <= artifact.source_id <= $last_id
WITH artifact, coalesce(artifact.last_update_time.epochMillis, 0) AS time
RETURN collect([
  artifact.source_id, artifact.id, true, artifact.create_time.epochMillis, time,
  CASE time WHEN 0 THEN properties(artifact) END
]) AS known;
