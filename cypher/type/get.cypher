// The type of one kind, name and version.
//
// A type without a version has the version ''.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: type (map)
// written: from scripts/queries/type/get.cypher
MATCH (type:Type {kind: $kind, name: $type, version: $type_version})
RETURN
  type {
    .*,
    create_time: CASE WHEN type.create_time IS :: ZONED DATETIME
      THEN type.create_time.epochMillis ELSE type.create_time END
  } AS type;
