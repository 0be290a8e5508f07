// Every type, or those of one kind, ordered by id; the base types (mlmd.Dataset, ...) come first.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// A line marked optional is left out when nobody asks for it: with $known_at the answer is what the store
// said then, and `_past` of a type what was changed of it since, which is to be taken back.
//
// access:  read
// as_of:   yes
// returns: types (list of maps)
// written: from scripts/queries/type/list.cypher
MATCH (type:Type)
WHERE true
  AND type.kind = $kind // optional
  AND coalesce(type._recorded, type.create_time) <= $known_at // optional
WITH type
ORDER BY type.id
RETURN collect(
  type {
    .*,
    _past: [(type)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    create_time: CASE WHEN type.create_time IS :: ZONED DATETIME
      THEN type.create_time.epochMillis ELSE type.create_time END
  }
) AS types;
