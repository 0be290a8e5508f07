// Replace what types declare, which is kept as a Revision; their identity and when they were created stay.
//
// access:  write
// returns: type (node)
UNWIND $grown_types AS row
MATCH (type:Type {id: row.id})
WITH type, row, properties(type) AS before, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
SET type += row.properties
<<revisions.left('type')>>
RETURN type;
