// The contexts that an artifact belongs to, ordered by id.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is. A row has a thousand contexts at most: a
// row costs drivers more than a node does.
//
// access:  read
// as_of:   yes
// returns: contexts (lists of maps)
// written: from scripts/queries/context/list_by_{member}.cypher
MATCH (:Artifact {id: $artifact_id})-[edge:ATTRIBUTED_TO]->(context:Context)
WHERE true
  AND coalesce(context._recorded, context.create_time) <= $known_at // optional
  AND coalesce(edge._recorded, $known_at) <= $known_at // optional
WITH context
ORDER BY context.id
LIMIT $limit // optional
WITH collect(context) AS contexts
UNWIND range(0, size(contexts) - 1, 1000) AS first
RETURN [context IN contexts[first..first + 1000] |
  context {
    .*,
    _past: [(context)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
      THEN context.create_time.epochMillis ELSE context.create_time END,
    last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
      THEN context.last_update_time.epochMillis ELSE context.last_update_time END
  }
] AS contexts;
