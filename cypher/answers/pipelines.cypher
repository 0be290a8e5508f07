// The contexts of some types, or those of one name among them: which pipelines there are.
//
// access:  read
// as_of:   yes
// returns: context (node)
// written: from scripts/queries/answers/pipelines.cypher
MATCH (context:Context)
WHERE context.type IN $types AND context.id IS NOT NULL
  AND context.name = $name // optional
  AND coalesce(context._recorded, context.create_time) <= $known_at // optional
WITH context
ORDER BY context.name, context.id
LIMIT $limit
RETURN context {
  _past: [(context)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS context
ORDER BY context.name, context.id;
