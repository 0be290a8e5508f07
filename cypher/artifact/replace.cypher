// Replace all that artifacts say; when they were created stays.
//
// The time of the last update always grows, so that a reader can tell that there was one.
//
// access:  write
// returns: artifact (node)
UNWIND $artifacts AS row
MATCH (artifact:Artifact {id: row.id})
WITH artifact, row, artifact.create_time AS created,
  artifact.last_update_time + duration({milliseconds: 1}) AS next,
  datetime({epochMillis: timestamp()}) AS now
SET artifact = row.properties,
  artifact.create_time = created,
  artifact.last_update_time = CASE WHEN now > next THEN now ELSE next END
RETURN artifact
ORDER BY artifact.id;
