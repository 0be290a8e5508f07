// Replace what a type declares; its identity and when it was created stay.
//
// access:  write
// returns: type (node)
MATCH (type:Type {id: $type_id})
SET type += $properties
RETURN type;
