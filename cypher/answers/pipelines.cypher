// The contexts of some types, or those of one name among them: which pipelines there are.
//
// access:  read
// returns: context (node)
MATCH (context:Context)
WHERE context.type IN $types
  AND context.name = $name // optional
RETURN context
ORDER BY context.name, context.id
LIMIT $limit;
