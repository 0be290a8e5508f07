// A stretch of artifacts in the order of ids: what they say, when that was recorded and changed, and when they were deleted.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: artifacts (list of maps)
// written: from scripts/queries/parquet/{kind}s.cypher
MATCH (artifact:Artifact)
WHERE $first_id <= artifact.id <= $last_id
WITH artifact ORDER BY artifact.id
RETURN collect(
  artifact {
    .*,
    create_time: CASE WHEN artifact.create_time IS :: ZONED DATETIME
      THEN artifact.create_time.epochMillis ELSE artifact.create_time END,
    last_update_time: CASE WHEN artifact.last_update_time IS :: ZONED DATETIME
      THEN artifact.last_update_time.epochMillis ELSE artifact.last_update_time END,
    start_time: CASE WHEN artifact.start_time IS :: ZONED DATETIME
      THEN artifact.start_time.epochMillis ELSE artifact.start_time END,
    end_time: CASE WHEN artifact.end_time IS :: ZONED DATETIME
      THEN artifact.end_time.epochMillis ELSE artifact.end_time END,
    _recorded: CASE WHEN artifact._recorded IS :: ZONED DATETIME
      THEN artifact._recorded.epochMillis ELSE artifact._recorded END,
    _since: CASE WHEN artifact._since IS :: ZONED DATETIME
      THEN artifact._since.epochMillis ELSE artifact._since END,
    _deleted: CASE WHEN artifact._deleted IS :: ZONED DATETIME
      THEN artifact._deleted.epochMillis ELSE artifact._deleted END
  }
) AS artifacts;
