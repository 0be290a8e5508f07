// Every type, or those of one kind, ordered by id; the base types (mlmd.Dataset, ...) come first.
//
// A line marked optional is left out when nobody asks for it.
//
// access:  read
// returns: type (node)
MATCH (type:Type)
WHERE true
  AND type.kind = $kind // optional
RETURN type
ORDER BY type.id;
