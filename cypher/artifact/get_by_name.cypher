// The artifact of one name within one type.
//
// A type without a version has the version ''.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: artifact (map)
// written: from scripts/queries/{kind}/get_by_name.cypher
MATCH (type:Type {kind: 'artifact', name: $type, version: $type_version})
MATCH (artifact:Artifact {type_id: type.id, name: $name})
RETURN
  artifact {
    .*,
    create_time: CASE WHEN artifact.create_time IS :: ZONED DATETIME
      THEN artifact.create_time.epochMillis ELSE artifact.create_time END,
    last_update_time: CASE WHEN artifact.last_update_time IS :: ZONED DATETIME
      THEN artifact.last_update_time.epochMillis ELSE artifact.last_update_time END
  } AS artifact;
