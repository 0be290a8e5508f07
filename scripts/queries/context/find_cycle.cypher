// Of these contexts, those that are part of themselves.
//
// access:  read
// returns: id
<<nodes.by_id('context')>>-[:CHILD_OF]->(parent:Context)
MATCH (parent)-[:CHILD_OF*0..]->(ancestor:Context)
WITH DISTINCT context, ancestor
WHERE ancestor = context
RETURN context.id AS id
ORDER BY id;
