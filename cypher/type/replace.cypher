// Replace what types declare, which is kept as a Revision; their identity and when they were created stay.
//
// access:  write
// returns: type (node)
// written: from scripts/queries/type/replace.cypher
UNWIND $grown_types AS row
MATCH (type:Type {id: row.id})
WITH type, row, properties(type) AS before, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
SET type += row.properties
WITH *
CALL (*) {
  WITH type, before, now, properties(type) AS after
  WITH type, before, now,
    [key IN keys(before) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(after[key]) OR before[key] <> after[key])
      AND NOT coalesce(before[key] <> before[key] AND after[key] <> after[key], false)]
    + [key IN keys(after) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND before[key] IS NULL] AS changed
  WHERE any(key IN changed WHERE key <> 'last_update_time')
  SET type._since = CASE WHEN coalesce(before._since, before._recorded, before.create_time) >= now
      THEN coalesce(before._since, before._recorded, before.create_time) + duration({milliseconds: 1}) ELSE now END
  CREATE (revision:Revision {_until: type._since, _by: $by})-[:REVISION_OF]->(type)
  FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
}
RETURN type;
