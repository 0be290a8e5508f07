// Artifacts that were recorded from one time on and before another.
//
// A row has a thousand at most. One is [time in milliseconds since the epoch, who recorded it, id, type,
// name, whether it was imported].
//
// access:  read
// returns: artifacts (lists)
// written: from scripts/queries/changes/{kind}s.cypher
CALL () {
  MATCH (artifact:Artifact)
  WHERE $since <= artifact.create_time < $until AND artifact.id IS NOT NULL AND artifact._recorded IS NULL
    AND artifact.id IN $artifact_ids // optional
  RETURN artifact, artifact.create_time AS time
  UNION ALL
  MATCH (artifact:Artifact)
  WHERE $since <= artifact._recorded < $until
    AND artifact.id IN $artifact_ids // optional
  RETURN artifact, artifact._recorded AS time
}
WITH collect([
  time.epochMillis, artifact._by, artifact.id, artifact.type, artifact.name, artifact.source IS NOT NULL
]) AS artifacts
UNWIND range(0, size(artifacts) - 1, 1000) AS first
RETURN artifacts[first..first + 1000] AS artifacts;
