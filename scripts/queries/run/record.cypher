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
  <<times.now>> AS now
WHERE EXISTS { (run)-[:CHILD_OF]->(pipeline) } OR NOT EXISTS {
  (run)-[:CHILD_OF]->(other:Context) WHERE other.type_id = $pipeline.type_id
}
SET run += coalesce(changes, {}),
  run.last_update_time = CASE
    WHEN changes IS NULL THEN run.last_update_time
    WHEN updated >= now THEN updated + duration({milliseconds: 1})
    ELSE now
  END
<<revisions.left('run', 'context', if='updated IS NOT NULL')>>
MERGE (run)-[part:CHILD_OF]->(pipeline)
  ON CREATE SET <<revisions.joined('part', 'run', 'pipeline')>>
WITH pipeline, run, now, changes IS NOT NULL AS own
CALL (run, own, now) {
  MATCH (parent:Context {type_id: $parent.type_id, name: $parent.name})
  WHERE own AND parent <> run
    AND NOT EXISTS { (parent)-[:CHILD_OF*]->(run) }
  MERGE (run)-[part:CHILD_OF]->(parent)
    ON CREATE SET <<revisions.joined('part', 'run', 'parent')>>
  RETURN count(*) AS parents
}
WITH *, $series AS rows
<<series.put('run', 'rows')>>
CALL (run, now) {
  UNWIND $artifacts AS row
  MERGE (artifact:Artifact {external_id: row.properties.external_id})
    <<nodes.on_create('artifact')>>
  WITH artifact, run, now
  WHERE <<tombstones.refused('artifact', 'artifact')>>
  MERGE (artifact)-[edge:ATTRIBUTED_TO]->(run)
    ON CREATE SET <<revisions.joined('edge', 'artifact', 'run')>>
  RETURN collect(artifact) AS artifacts
}
RETURN run, pipeline, artifacts, own;
