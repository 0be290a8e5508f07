// Write contexts over what the store has of them, which is kept as a Revision; rows have all of their properties.
//
// access:  write
// returns: written
// written: from scripts/queries/source/put_{kind}s.cypher
// planned: once for $rows
UNWIND $rows AS row
MATCH (context:Context {id: row.id})
WITH context, row, properties(context) AS before,
  datetime({epochMillis: row.last_update_time}) AS updated,
  datetime({epochMillis: datetime.transaction().epochMillis}) AS now
FOREACH (key IN [
  key IN keys(before) + [key IN keys(row.properties) WHERE before[key] IS NULL]
  WHERE NOT key IN ['id', 'create_time', 'last_update_time', '_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(row.properties[key]) OR before[key] <> row.properties[key])
] | SET context[key] = row.properties[key])
SET context:$(row.label),
  context._recorded = coalesce(before._recorded, before.create_time),
  context.create_time = datetime({epochMillis: row.create_time}),
  context.last_update_time = CASE WHEN before.last_update_time > updated
    THEN before.last_update_time ELSE updated END
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
RETURN count(*) AS written;
