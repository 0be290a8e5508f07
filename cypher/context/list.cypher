// Contexts by type, time, properties and filter, a page at a time.
//
// A line marked optional is left out when nobody asks for it. The page begins after the last id
// of the page before, so that it stays put while others write; in another order than by id, the
// lines marked page and order are replaced, and with a filter the line marked so
// (graphstore/storage/lists.py).
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is. A row has a thousand contexts at most: a
// row costs drivers more than a node does.
//
// Of what was deleted there is only what was deleted after $deleted_after: nothing, or what was there then.
//
// With $known_at the answer is what the store said then, and `_past` of a node what was changed of it
// since, which is to be taken back; what is asked of values that may change is to be asked then.
//
// access:  read
// as_of:   yes
// returns: contexts (lists of maps)
// written: from scripts/queries/{kind}/list.cypher
MATCH (context:Context)
WHERE true
  AND context.type = $type // optional
  AND coalesce(context.type_version, '') = $type_version // optional
  AND context.create_time >= $created_since // optional
  AND context.create_time < $created_before // optional
  AND all(property IN $property_values WHERE context[property.key] = property.value) // optional
  AND coalesce(context._recorded, context.create_time) <= $known_at // optional
  AND coalesce(context._deleted > $deleted_after, true)
  AND true // filter
  AND context.id > $after_id // page
WITH context
ORDER BY context.id // order
LIMIT $limit
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
