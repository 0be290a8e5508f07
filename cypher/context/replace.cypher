// Replace all that contexts say; when they were created stays, and what they said is kept as a Revision.
//
// The time of the last update always grows, so that a reader can tell that there was one.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: contexts (list of maps)
// written: from scripts/queries/{kind}/replace.cypher
// planned: once
UNWIND $contexts AS row
MATCH (context:Context {id: row.id})
WITH context, row, properties(context) AS before,
  datetime({epochMillis: datetime.transaction().epochMillis}) AS now
FOREACH (key IN [
  key IN keys(before) + [key IN keys(row.properties) WHERE before[key] IS NULL]
  WHERE NOT key IN ['id', 'create_time', 'last_update_time', '_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(row.properties[key]) OR before[key] <> row.properties[key])
] | SET context[key] = row.properties[key])
SET context.last_update_time = CASE WHEN before.last_update_time >= now
  THEN before.last_update_time + duration({milliseconds: 1}) ELSE now END
WITH *
CALL (*) {
  WITH context, before, now, properties(context) AS after
  WITH context, before, now,
    [key IN keys(before) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(after[key]) OR before[key] <> after[key])
      AND NOT coalesce(before[key] <> before[key] AND after[key] <> after[key], false)]
    + [key IN keys(after) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND before[key] IS NULL] AS changed
  WHERE any(key IN changed WHERE key <> 'last_update_time')
    AND CASE WHEN before._deleted IS NULL THEN true
      ELSE date('graphstore tombstone: context ' + before.id + ' ' + 'deleted ' + left(toString(before._deleted), 10)
          + coalesce(' by ' + before._deleted_by, '') + coalesce(': ' + before._deleted_why, '')) IS NOT NULL
    END
  SET context._since = CASE WHEN coalesce(before._since, before._recorded, before.create_time) >= now
      THEN coalesce(before._since, before._recorded, before.create_time) + duration({milliseconds: 1}) ELSE now END
  CREATE (revision:Revision {_until: context._since, _by: $by})-[:REVISION_OF]->(context)
  FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
}
RETURN collect(
  context {
    .*,
    create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
      THEN context.create_time.epochMillis ELSE context.create_time END,
    last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
      THEN context.last_update_time.epochMillis ELSE context.last_update_time END
  }
) AS contexts;
