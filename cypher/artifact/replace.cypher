// Replace all that artifacts say; when they were created stays.
//
// The time of the last update always grows, so that a reader can tell that there was one.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: artifacts (list of maps)
// written: from scripts/queries/{kind}/replace.cypher
UNWIND $artifacts AS row
MATCH (artifact:Artifact {id: row.id})
WITH artifact, row, artifact.create_time AS created,
  artifact.last_update_time AS updated,
  datetime({epochMillis: timestamp()}) AS now
SET artifact = row.properties,
  artifact.create_time = created,
  artifact.last_update_time = CASE WHEN updated >= now
    THEN updated + duration({milliseconds: 1}) ELSE now END
RETURN collect(
  artifact {
    .*,
    create_time: CASE WHEN artifact.create_time IS :: ZONED DATETIME
      THEN artifact.create_time.epochMillis ELSE artifact.create_time END,
    last_update_time: CASE WHEN artifact.last_update_time IS :: ZONED DATETIME
      THEN artifact.last_update_time.epochMillis ELSE artifact.last_update_time END
  }
) AS artifacts;
