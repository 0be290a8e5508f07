// Types by id, ordered by id; ids that no type has are left out.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: types (list of maps)
// written: from scripts/queries/type/get_by_id.cypher
UNWIND $type_ids AS id
MATCH (type:Type {id: id})
WITH type
ORDER BY type.id
RETURN collect(
  type {
    .*,
    create_time: CASE WHEN type.create_time IS :: ZONED DATETIME
      THEN type.create_time.epochMillis ELSE type.create_time END
  }
) AS types;
