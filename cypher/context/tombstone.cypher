// When, by whom and why the context was deleted that has an external id; no answer if none has it that was.
//
// access:  read
// returns: id, deletion (text)
// written: from scripts/queries/{kind}/tombstone.cypher
MATCH (context:Context {external_id: $external_id})
WHERE context._deleted IS NOT NULL
RETURN context.id AS id,
  'deleted ' + left(toString(context._deleted), 10)
      + coalesce(' by ' + context._deleted_by, '') + coalesce(': ' + context._deleted_why, '') AS deletion;
