// The contexts that an artifact belongs to, ordered by id.
//
// access:  read
// returns: context (node)
MATCH (:Artifact {id: $artifact_id})-[:ATTRIBUTED_TO]->(context:Context)
RETURN context
ORDER BY context.id;
