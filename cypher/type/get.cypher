// The type of one kind, name and version.
//
// A type without a version has the version ''.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// A line marked optional is left out when nobody asks for it: with $known_at the answer is what the store
// said then, and `_past` of a type what was changed of it since, which is to be taken back.
//
// access:  read
// as_of:   yes
// returns: type (map)
// written: from scripts/queries/type/get.cypher
MATCH (type:Type {kind: $kind, name: $type, version: $type_version})
WHERE true
  AND coalesce(type._recorded, type.create_time) <= $known_at // optional
RETURN
  type {
    .*,
    _past: [(type)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    create_time: CASE WHEN type.create_time IS :: ZONED DATETIME
      THEN type.create_time.epochMillis ELSE type.create_time END
  } AS type;
