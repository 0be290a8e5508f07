// Types by id, ordered by id; ids that no type has are left out.
//
// access:  read
// returns: type (node)
UNWIND $type_ids AS id
MATCH (type:Type {id: id})
RETURN type
ORDER BY type.id;
