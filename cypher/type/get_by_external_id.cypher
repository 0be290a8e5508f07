// Types of one kind by their ids in somebody else's system, ordered by id.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: types (list of maps)
// written: from scripts/queries/type/get_by_external_id.cypher
UNWIND $external_ids AS external_id
MATCH (type:Type {external_id: external_id})
WHERE type.kind = $kind
WITH type
ORDER BY type.id
RETURN collect(
  type {
    .*,
    create_time: CASE WHEN type.create_time IS :: ZONED DATETIME
      THEN type.create_time.epochMillis ELSE type.create_time END
  }
) AS types;
