// Write artifacts over what the store has of them, which is kept as a Revision; rows have all of their properties.
//
// access:  write
// returns: written
// written: from scripts/queries/source/put_{kind}s.cypher
UNWIND $rows AS row
MATCH (artifact:Artifact {id: row.id})
WITH artifact, row, properties(artifact) AS before,
  datetime({epochMillis: row.last_update_time}) AS updated,
  datetime({epochMillis: datetime.transaction().epochMillis}) AS now
SET artifact = row.properties, artifact:$(row.label),
  artifact.create_time = before.create_time,
  artifact._recorded = before._recorded,
  artifact._by = before._by,
  artifact._since = before._since,
  artifact._erased = before._erased,
  artifact._recorded = coalesce(before._recorded, before.create_time),
  artifact.create_time = datetime({epochMillis: row.create_time}),
  artifact.last_update_time = CASE WHEN before.last_update_time > updated
    THEN before.last_update_time ELSE updated END
WITH *
CALL (*) {
  WITH artifact, before, now, properties(artifact) AS after
  WITH artifact, before, now,
    [key IN keys(before) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND (
      after[key] IS NULL OR valueType(before[key]) <> valueType(after[key])
      OR before[key] <> after[key] AND (before[key] = before[key] OR after[key] = after[key])
    )] + [key IN keys(after) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND before[key] IS NULL] AS changed
  WHERE any(key IN changed WHERE key <> 'last_update_time')
    AND CASE WHEN before._deleted IS NULL THEN true
      ELSE date('graphstore tombstone: artifact ' + before.id + ' deleted ' + left(toString(before._deleted), 10)
        + coalesce(' by ' + before._deleted_by, '') + coalesce(': ' + before._deleted_why, '')) IS NOT NULL
    END
  SET artifact._since = CASE WHEN coalesce(before._since, before._recorded, before.create_time) >= now
      THEN coalesce(before._since, before._recorded, before.create_time) + duration({milliseconds: 1}) ELSE now END
  CREATE (revision:Revision {_until: artifact._since, _by: $by})-[:REVISION_OF]->(artifact)
  FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
}
RETURN count(*) AS written;
