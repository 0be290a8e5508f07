// Replace all that contexts say; when they were created stays.
//
// The time of the last update always grows, so that a reader can tell that there was one.
//
// access:  write
// returns: context (node)
UNWIND $contexts AS row
MATCH (context:Context {id: row.id})
WITH context, row, context.create_time AS created,
  context.last_update_time + duration({milliseconds: 1}) AS next,
  datetime({epochMillis: timestamp()}) AS now
SET context = row.properties,
  context.create_time = created,
  context.last_update_time = CASE WHEN now > next THEN now ELSE next END
RETURN context
ORDER BY context.id;
