// Contexts by their ids in somebody else's system, ordered by id.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is. A row has a thousand contexts at most: a
// row costs drivers more than a node does.
//
// access:  read
// returns: contexts (lists of maps)
// written: from scripts/queries/{kind}/get_by_external_id.cypher
UNWIND $external_ids AS external_id
MATCH (context:Context {external_id: external_id})
WITH context
ORDER BY context.id
WITH collect(context) AS contexts
UNWIND range(0, size(contexts) - 1, 1000) AS first
RETURN [context IN contexts[first..first + 1000] |
  context {
    .*,
    create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
      THEN context.create_time.epochMillis ELSE context.create_time END,
    last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
      THEN context.last_update_time.epochMillis ELSE context.last_update_time END
  }
] AS contexts;
