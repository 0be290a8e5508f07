// What was imported from a source as its artifacts of the ids from one to another.
//
// access:  read
// returns: known
// written: from scripts/queries/source/known_{kind}s.cypher
//
// Each is [source_id, id, whether it may be updated, create_time, last_update_time, properties]: what was
// deleted may not; times in milliseconds, properties only of those whose last update is at 0, which nobody knows,
// or of all if the source is $untimed: if it does not know when what it has was updated.
MATCH (artifact:Artifact {source: $source})
WHERE $first_id <= artifact.source_id <= $last_id
WITH artifact, coalesce(CASE WHEN artifact.last_update_time IS :: ZONED DATETIME
  THEN artifact.last_update_time.epochMillis ELSE artifact.last_update_time END, 0) AS time
RETURN collect([
  artifact.source_id, artifact.id, artifact._deleted IS NULL, CASE WHEN artifact.create_time IS :: ZONED DATETIME
    THEN artifact.create_time.epochMillis ELSE artifact.create_time END, time,
  CASE WHEN time = 0 OR $untimed THEN properties(artifact) END
]) AS known;
