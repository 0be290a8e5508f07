// The contexts that are part of some contexts, ordered by the id of those, then by the child's.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  read
// as_of:   yes
// returns: context_id, contexts (list of maps)
// written: from scripts/queries/context/list_children.cypher
UNWIND $context_ids AS id
MATCH (:Context {id: id})<-[edge:CHILD_OF]-(context:Context)
WHERE true
  AND coalesce(context._recorded, context.create_time) <= $known_at // optional
  AND coalesce(edge._recorded, $known_at) <= $known_at // optional
WITH id AS context_id, context
ORDER BY context_id, context.id
RETURN context_id, collect(
  context {
    .*,
    _past: [(context)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
      THEN context.create_time.epochMillis ELSE context.create_time END,
    last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
      THEN context.last_update_time.epochMillis ELSE context.last_update_time END
  }
) AS contexts
ORDER BY context_id;
