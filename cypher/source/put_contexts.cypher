// Write contexts over what the store has of them, which is kept as a Revision; rows have all of their properties.
//
// access:  write
// returns: written
// written: from scripts/queries/source/put_{kind}s.cypher
UNWIND $rows AS row
MATCH (context:Context {id: row.id})
WITH context, row, properties(context) AS before,
  datetime({epochMillis: row.last_update_time}) AS updated,
  datetime({epochMillis: datetime.transaction().epochMillis}) AS now
SET context = row.properties, context:$(row.label),
  context.create_time = before.create_time,
  context._recorded = before._recorded,
  context._by = before._by,
  context._since = before._since,
  context._erased = before._erased,
  context._recorded = coalesce(before._recorded, before.create_time),
  context.create_time = datetime({epochMillis: row.create_time}),
  context.last_update_time = CASE WHEN before.last_update_time > updated
    THEN before.last_update_time ELSE updated END
WITH *
CALL (*) {
  WITH context, before, now, properties(context) AS after
  WITH context, before, now,
    [key IN keys(before) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND (
      after[key] IS NULL OR valueType(before[key]) <> valueType(after[key])
      OR before[key] <> after[key] AND (before[key] = before[key] OR after[key] = after[key])
    )] + [key IN keys(after) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND before[key] IS NULL] AS changed
  WHERE any(key IN changed WHERE key <> 'last_update_time')
    AND CASE WHEN before._deleted IS NULL THEN true
      ELSE date('graphstore tombstone: context ' + before.id + ' deleted ' + left(toString(before._deleted), 10)
        + coalesce(' by ' + before._deleted_by, '') + coalesce(': ' + before._deleted_why, '')) IS NOT NULL
    END
  SET context._since = CASE WHEN coalesce(before._since, before._recorded, before.create_time) >= now
      THEN coalesce(before._since, before._recorded, before.create_time) + duration({milliseconds: 1}) ELSE now END
  CREATE (revision:Revision {_until: context._since, _by: $by})-[:REVISION_OF]->(context)
  FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
}
RETURN count(*) AS written;
