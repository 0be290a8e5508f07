// Replace what types declare; their identity and when they were created stay.
//
// access:  write
// returns: type (node)
UNWIND $grown_types AS row
MATCH (type:Type {id: row.id})
SET type += row.properties
RETURN type;
