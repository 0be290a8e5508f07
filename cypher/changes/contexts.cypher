// Contexts that were recorded from one time on and before another.
//
// A row has a thousand at most. One is [time in milliseconds since the epoch, who recorded it, id, type,
// name, whether it was imported].
//
// access:  read
// returns: contexts (lists)
// written: from scripts/queries/changes/{kind}s.cypher
CALL () {
  MATCH (context:Context)
  WHERE $since <= context.create_time < $until AND context.id IS NOT NULL AND context._recorded IS NULL
    AND context.id IN $context_ids // optional
  RETURN context, context.create_time AS time
  UNION ALL
  MATCH (context:Context)
  WHERE $since <= context._recorded < $until
    AND context.id IN $context_ids // optional
  RETURN context, context._recorded AS time
}
WITH collect([
  time.epochMillis, context._by, context.id, context.type, context.name, context.source IS NOT NULL
]) AS contexts
UNWIND range(0, size(contexts) - 1, 1000) AS first
RETURN contexts[first..first + 1000] AS contexts;
