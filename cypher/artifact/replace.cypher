// Replace all that artifacts say; when they were created stays, and what they said is kept as a Revision.
//
// The time of the last update always grows, so that a reader can tell that there was one.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: artifacts (list of maps)
// written: from scripts/queries/{kind}/replace.cypher
// planned: once
UNWIND $artifacts AS row
MATCH (artifact:Artifact {id: row.id})
WITH artifact, row, properties(artifact) AS before,
  datetime({epochMillis: datetime.transaction().epochMillis}) AS now
FOREACH (key IN [
  key IN keys(before) + [key IN keys(row.properties) WHERE before[key] IS NULL]
  WHERE NOT key IN ['id', 'create_time', 'last_update_time', '_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(row.properties[key]) OR before[key] <> row.properties[key])
] | SET artifact[key] = row.properties[key])
SET artifact.last_update_time = CASE WHEN before.last_update_time >= now
  THEN before.last_update_time + duration({milliseconds: 1}) ELSE now END
WITH *
CALL (*) {
  WITH artifact, before, now, properties(artifact) AS after
  WITH artifact, before, now,
    [key IN keys(before) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(after[key]) OR before[key] <> after[key])
      AND NOT coalesce(before[key] <> before[key] AND after[key] <> after[key], false)]
    + [key IN keys(after) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND before[key] IS NULL] AS changed
  WHERE any(key IN changed WHERE key <> 'last_update_time')
    AND CASE WHEN before._deleted IS NULL THEN true
      ELSE date('graphstore tombstone: artifact ' + before.id + ' ' + 'deleted ' + left(toString(before._deleted), 10)
          + coalesce(' by ' + before._deleted_by, '') + coalesce(': ' + before._deleted_why, '')) IS NOT NULL
    END
  SET artifact._since = CASE WHEN coalesce(before._since, before._recorded, before.create_time) >= now
      THEN coalesce(before._since, before._recorded, before.create_time) + duration({milliseconds: 1}) ELSE now END
  CREATE (revision:Revision {_until: artifact._since, _by: $by})-[:REVISION_OF]->(artifact)
  FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
}
RETURN collect(
  artifact {
    .*,
    create_time: CASE WHEN artifact.create_time IS :: ZONED DATETIME
      THEN artifact.create_time.epochMillis ELSE artifact.create_time END,
    last_update_time: CASE WHEN artifact.last_update_time IS :: ZONED DATETIME
      THEN artifact.last_update_time.epochMillis ELSE artifact.last_update_time END
  }
) AS artifacts;
