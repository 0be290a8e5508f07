// Record how a run of a pipeline stands: itself, its pipeline, and what it ran in.
//
// A run is stored under its name or, where a run of another pipeline has that, under the pipeline's
// and its own ($run.qualified). Pipeline and run are created once, and so is an artifact of the
// external id given; recording the same again changes nothing, so that whoever lost the answer can.
//
// A run is that of the process that began it (host, pid, began). What says nothing of its state yet
// is begun: it gets all of $run.properties. Of one's own $changes are set (null removes); a new
// attempt is one's own only while it is RUNNING. What is not, is left as it is, unless it still
// stands as $takes says: then $takes.changes are set. What only $adds, notes say, whoever records. $parent is the run that this one began within,
// $series what was logged of it, a node a metric.
//
// access:  write
// planned: once
// returns: run (node), pipeline (node), artifacts (nodes), own (whether it is one's own now)
// written: from scripts/queries/run/record.cypher
//
// There is no answer if both names are those of other pipelines' runs. It fails if such an artifact was deleted.
MERGE (pipeline:Context {type_id: $pipeline.type_id, name: $pipeline.name})
  ON CREATE SET pipeline:$($pipeline.label), pipeline += $pipeline.properties, pipeline._by = $by,
    pipeline.create_time = datetime({epochMillis: datetime.transaction().epochMillis}),
    pipeline.last_update_time = datetime({epochMillis: datetime.transaction().epochMillis})
MERGE (plain:Context {type_id: $run.type_id, name: $run.name})
  ON CREATE SET plain:$($run.label), plain.id = $run.id, plain.type = $run.properties.type,
    plain.create_time = datetime({epochMillis: datetime.transaction().epochMillis}), plain._by = $by
// locked before it is asked whose it is: two pipelines may begin a run of this name at once
SET plain.id = plain.id
WITH pipeline, plain, NOT EXISTS { (plain)-[:CHILD_OF]->(pipeline) } AND EXISTS {
  (plain)-[:CHILD_OF]->(other:Context) WHERE other.type_id = $pipeline.type_id
} AS taken
CALL (plain, taken) {
  WITH plain, taken
  WHERE NOT taken
  RETURN plain AS run
  UNION ALL
  WITH taken
  WHERE taken
  MERGE (run:Context {type_id: $run.type_id, name: $run.qualified})
    ON CREATE SET run:$($run.label), run.id = $run.id, run.type = $run.properties.type,
      run.create_time = datetime({epochMillis: datetime.transaction().epochMillis}), run._by = $by
  SET run.id = run.id
  RETURN run
}
WITH pipeline, run, CASE
    WHEN run.status IS NULL THEN $run.properties
    WHEN run.status = $takes.status
      AND [coalesce(run.host, ''), coalesce(run.pid, ''), coalesce(run.began, '')] = $takes.process THEN $takes.changes
    WHEN [coalesce(run.host, ''), coalesce(run.pid, ''), coalesce(run.began, '')] = $process
      AND (run.status = 'RUNNING' OR NOT $begins) THEN $changes
    WHEN $adds THEN $changes
  END AS changes,
  properties(run) AS before, run.last_update_time AS updated,
  datetime({epochMillis: datetime.transaction().epochMillis}) AS now
WHERE EXISTS { (run)-[:CHILD_OF]->(pipeline) } OR NOT EXISTS {
  (run)-[:CHILD_OF]->(other:Context) WHERE other.type_id = $pipeline.type_id
}
SET run += coalesce(changes, {}),
  run.last_update_time = CASE
    WHEN changes IS NULL THEN run.last_update_time
    WHEN updated >= now THEN updated + duration({milliseconds: 1})
    ELSE now
  END
WITH *
CALL (*) {
  WITH run, before, now, properties(run) AS after
  WHERE updated IS NOT NULL
  WITH run, before, now,
    [key IN keys(before) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(after[key]) OR before[key] <> after[key])
      AND NOT coalesce(before[key] <> before[key] AND after[key] <> after[key], false)]
    + [key IN keys(after) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND before[key] IS NULL] AS changed
  WHERE any(key IN changed WHERE key <> 'last_update_time')
    AND CASE WHEN before._deleted IS NULL THEN true
      ELSE date('graphstore tombstone: context ' + before.id + ' ' + 'deleted ' + left(toString(before._deleted), 10)
          + coalesce(' by ' + before._deleted_by, '') + coalesce(': ' + before._deleted_why, '')) IS NOT NULL
    END
  SET run._since = CASE WHEN coalesce(before._since, before._recorded, before.create_time) >= now
      THEN coalesce(before._since, before._recorded, before.create_time) + duration({milliseconds: 1}) ELSE now END
  CREATE (revision:Revision {_until: run._since, _by: $by})-[:REVISION_OF]->(run)
  FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
}
MERGE (run)-[part:CHILD_OF]->(pipeline)
  ON CREATE SET part += CASE
    WHEN coalesce(run._recorded, run.create_time) < now
      AND coalesce(pipeline._recorded, pipeline.create_time) < now
    THEN {_recorded: now, _by: $by} ELSE {} END
WITH pipeline, run, now, changes IS NOT NULL AS own
CALL (run, own, now) {
  MATCH (parent:Context {type_id: $parent.type_id, name: $parent.name})
  WHERE own AND parent <> run
    AND NOT EXISTS { (parent)-[:CHILD_OF*]->(run) }
  MERGE (run)-[part:CHILD_OF]->(parent)
    ON CREATE SET part += CASE
      WHEN coalesce(run._recorded, run.create_time) < now
        AND coalesce(parent._recorded, parent.create_time) < now
      THEN {_recorded: now, _by: $by} ELSE {} END
  RETURN count(*) AS parents
}
WITH *, $series AS rows
CALL (run, rows) {
  WITH * WHERE size(rows) > 0
  CALL (run, rows) {
    UNWIND rows AS row
    RETURN row.metric AS metric, row.key AS key, row, null AS stored
    UNION ALL
    MATCH (run)-[:LOGGED]->(stored:GraphstoreSeries)
    RETURN stored.metric AS metric, stored.key AS key, null AS row, stored
  }
  WITH run, metric, key, last(collect(row)) AS row, head(collect(stored)) AS stored
  WHERE row IS NOT NULL
  FOREACH (_ IN CASE WHEN stored IS NULL THEN [1] ELSE [] END |
    CREATE (run)-[:LOGGED]->(series:GraphstoreSeries)
    SET series = row
  )
  SET stored = row
  RETURN count(*) AS logged
}
CALL (run, now) {
  UNWIND $artifacts AS row
  MERGE (artifact:Artifact {external_id: row.properties.external_id})
    ON CREATE SET artifact:$(row.label), artifact += row.properties,
      artifact.create_time = datetime({epochMillis: datetime.transaction().epochMillis}),
      artifact.last_update_time = datetime({epochMillis: datetime.transaction().epochMillis}),
      artifact._by = $by
  WITH artifact, run, now
  WHERE CASE WHEN artifact._deleted IS NULL THEN true
    ELSE date('graphstore tombstone: artifact ' + artifact.id + ' ' + 'deleted ' + left(toString(artifact._deleted), 10)
        + coalesce(' by ' + artifact._deleted_by, '') + coalesce(': ' + artifact._deleted_why, '')) IS NOT NULL
  END
  MERGE (artifact)-[edge:ATTRIBUTED_TO]->(run)
    ON CREATE SET edge += CASE
      WHEN coalesce(artifact._recorded, artifact.create_time) < now
        AND coalesce(run._recorded, run.create_time) < now
      THEN {_recorded: now, _by: $by} ELSE {} END
  RETURN collect(artifact) AS artifacts
}
RETURN run, pipeline, artifacts, own;
