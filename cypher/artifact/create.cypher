// Create artifacts, all or none.
//
// The ids were leased beforehand, so that a client that lost the answer can ask again: what is
// there already stays as it is.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: artifacts (list of maps)
// written: from scripts/queries/{kind}/create.cypher
// planned: once
UNWIND $artifacts AS row
MERGE (artifact:Artifact {id: row.id})
  ON CREATE SET artifact:$(row.label), artifact += row.properties,
    artifact.create_time = datetime({epochMillis: datetime.transaction().epochMillis}),
    artifact.last_update_time = datetime({epochMillis: datetime.transaction().epochMillis}),
    artifact._by = $by
RETURN collect(
  artifact {
    .*,
    create_time: CASE WHEN artifact.create_time IS :: ZONED DATETIME
      THEN artifact.create_time.epochMillis ELSE artifact.create_time END,
    last_update_time: CASE WHEN artifact.last_update_time IS :: ZONED DATETIME
      THEN artifact.last_update_time.epochMillis ELSE artifact.last_update_time END
  }
) AS artifacts;
