// The context of one name within one type.
//
// A type without a version has the version ''.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: context (map)
// written: from scripts/queries/{kind}/get_by_name.cypher
MATCH (type:Type {kind: 'context', name: $type, version: $type_version})
MATCH (context:Context {type_id: type.id, name: $name})
RETURN
  context {
    .*,
    create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
      THEN context.create_time.epochMillis ELSE context.create_time END,
    last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
      THEN context.last_update_time.epochMillis ELSE context.last_update_time END
  } AS context;
