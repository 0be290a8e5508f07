// Types of one kind by their ids in somebody else's system, ordered by id.
//
// access:  read
// returns: type (node)
UNWIND $external_ids AS external_id
MATCH (type:Type {external_id: external_id})
WHERE type.kind = $kind
RETURN type
ORDER BY type.id;
