// Record how a run of a pipeline stands: itself, its pipeline, and what it ran in.
//
// The pipeline is created once, the run is created or added to, and so is an artifact of the
// external id given. Recording the same again changes nothing, so that whoever lost the answer can.
// A run that ended and begins again has no end.
//
// access:  write
// returns: run (node), pipeline (node), artifacts (nodes)
MERGE (pipeline:Context {type_id: $pipeline.type_id, name: $pipeline.name})
  ON CREATE SET pipeline:$($pipeline.label), pipeline += $pipeline.properties,
    pipeline.create_time = datetime({epochMillis: timestamp()}),
    pipeline.last_update_time = datetime({epochMillis: timestamp()})
MERGE (run:Context {type_id: $run.type_id, name: $run.name})
  ON CREATE SET run:$($run.label), run.id = $run.id,
    run.create_time = datetime({epochMillis: timestamp()})
WITH pipeline, run, run.id AS id
SET run += $run.properties,
  run.id = id,
  run.end_time = $run.properties.end_time,
  run.last_update_time = datetime({epochMillis: timestamp()})
MERGE (run)-[:CHILD_OF]->(pipeline)
WITH pipeline, run
CALL (run) {
  UNWIND $artifacts AS row
  MERGE (artifact:Artifact {external_id: row.properties.external_id})
    ON CREATE SET artifact:$(row.label), artifact += row.properties,
      artifact.create_time = datetime({epochMillis: timestamp()}),
      artifact.last_update_time = datetime({epochMillis: timestamp()})
  MERGE (artifact)-[:ATTRIBUTED_TO]->(run)
  RETURN collect(artifact) AS artifacts
}
RETURN run, pipeline, artifacts;
