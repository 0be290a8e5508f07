// Which models, evaluations and deployments an artifact, such as a bad dataset, got into.
//
// Ask of any artifact: `:param artifact_id => 1`; browse.downstream draws the way there. One row a
// thing that it reached, however many ways lead there: deployments first, the live ones first. What a
// resolver only chose is not reached by that. The walk visits each node once, and goes 40 events.
//
// access:  read
// returns: kind, reached, live, steps_away, uri, runs, owners
MATCH path = (:Artifact {id: $artifact_id})
  ((here)-[:INPUT|OUTPUT]->(next)){0,40} (found:Artifact)
WITH found, min(length(path)) / 2 AS steps_away, last(split(found.type, '.')) AS type
WHERE steps_away > 0
WITH found, steps_away, type, properties(found) AS said, CASE
  WHEN type IN ['PushedModel', 'ModelPushPath', 'Deployment', 'Endpoint'] THEN '1 deployment'
  WHEN type = 'Model' THEN '2 model'
  WHEN type IN ['Evaluation', 'ModelEvaluation', 'Metrics', 'ClassificationMetrics',
    'SlicedClassificationMetrics', 'ModelBlessing', 'InfraBlessing', 'ModelInfraBlessingPath'] THEN '3 evaluation'
  ELSE COLLECT {
    MATCH (named:ArtifactType {id: found.type_id})
    RETURN CASE properties(named).base_type WHEN 'mlmd.Model' THEN '2 model' WHEN 'mlmd.Metrics' THEN '3 evaluation' END
  }[0] END AS rank
WHERE rank IS NOT NULL
WITH found, steps_away, type, rank, said, said.custom_pushed_destination AS place
WITH found, steps_away, type, rank, said, rank <> '1 deployment' OR coalesce(said.custom_pushed, 1) <> 0
    AND NOT EXISTS { (found)-[:INPUT]->(:Execution {type: 'Retire'}) }
    AND NOT EXISTS {
      MATCH (later:Artifact {type: found.type})
      WHERE later.create_time > found.create_time AND later.id IS NOT NULL
      WITH properties(later) AS next
      WHERE next.custom_pushed = 1
        AND next.custom_pushed_destination STARTS WITH left(place, size(place) - size(last(split(place, '/'))))
    } AS holds, COLLECT {
  MATCH (found)-[:ATTRIBUTED_TO]->(run:Context)
  WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun']
  RETURN properties(run) AS run
  ORDER BY run.id
} AS runs
WITH *, holds AND coalesce(found.state, 'LIVE') IN ['LIVE', 'UNKNOWN'] AS live
RETURN substring(rank, 2) AS kind, 'a' + found.id + ' ' + type AS reached,
  CASE WHEN said.custom_pushed = 0 THEN 'no: nothing was pushed' WHEN live THEN 'yes' ELSE 'no' END AS live,
  steps_away, coalesce(said.target, said.custom_pushed_destination, found.uri) AS uri,
  [run IN runs | 'c' + run.id + ' ' + run.name] AS runs,
  reduce(users = [], run IN runs | CASE
    WHEN run.user IS NULL OR run.user IN users THEN users ELSE users + run.user END) AS owners
ORDER BY rank, live DESC, steps_away, reached
LIMIT 1000;
