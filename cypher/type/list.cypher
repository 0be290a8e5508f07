// Every type, or those of one kind, ordered by id; the base types (mlmd.Dataset, ...) come first.
//
// A line marked optional is left out when nobody asks for it.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: types (list of maps)
// written: from scripts/queries/type/list.cypher
MATCH (type:Type)
WHERE true
  AND type.kind = $kind // optional
WITH type
ORDER BY type.id
RETURN collect(
  type {
    .*,
    create_time: CASE WHEN type.create_time IS :: ZONED DATETIME
      THEN type.create_time.epochMillis ELSE type.create_time END
  }
) AS types;
