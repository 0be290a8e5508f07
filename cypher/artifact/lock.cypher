// Artifacts by id, locked until the transaction ends.
//
// So nobody changes them between this read and the write that depends on it.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: artifacts (list of maps)
// written: from scripts/queries/{kind}/lock.cypher
// planned: once
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})
SET artifact.id = artifact.id
RETURN collect(
  artifact {
    .*,
    create_time: CASE WHEN artifact.create_time IS :: ZONED DATETIME
      THEN artifact.create_time.epochMillis ELSE artifact.create_time END,
    last_update_time: CASE WHEN artifact.last_update_time IS :: ZONED DATETIME
      THEN artifact.last_update_time.epochMillis ELSE artifact.last_update_time END
  }
) AS artifacts;
