// Of these contexts, those that are part of themselves.
//
// access:  read
// returns: id
// written: from scripts/queries/context/find_cycle.cypher
UNWIND $context_ids AS id
MATCH (context:Context {id: id})-[:CHILD_OF]->(parent:Context)
MATCH (parent)-[:CHILD_OF*0..]->(ancestor:Context)
WITH DISTINCT context, ancestor
WHERE ancestor = context
RETURN context.id AS id
ORDER BY id;
