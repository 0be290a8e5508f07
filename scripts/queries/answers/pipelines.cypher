// The contexts of some types, or those of one name among them: which pipelines there are.
//
// access:  read
// as_of:   yes
// returns: context (node)
MATCH (context:Context)
WHERE context.type IN $types AND context.id IS NOT NULL
  AND context.name = $name // optional
  <<revisions.known('context')>>
WITH context
ORDER BY context.name, context.id
LIMIT $limit
RETURN <<revisions.node('context')>> AS context
ORDER BY context.name, context.id;
