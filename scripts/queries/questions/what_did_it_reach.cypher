// Which models, evaluations and deployments an artifact, such as a bad dataset, got into.
//
// Ask of any artifact: `:param artifact_id => 1`; browse.downstream draws the way there. One row a
// thing that it reached, however many ways lead there: deployments first, the live ones first, then models,
// evaluations, and all else. What the name of a type or a role suggests is marked as such. What a
// resolver only chose is not reached by that. Pushes are in the order of their own times, and a
// deployment that is yet to come is not live. The walk visits each node once, however far; `of` is how many
// artifacts it meets, of which a thousand are shown: deployments, then models, the nearest first.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: kind, reached, live, steps_away, uri, runs, owners, of
<<revisions.artifact_asked('start')>>
MATCH path = (start)
  ((here)-[event:<<revisions.events_then('INPUT|OUTPUT')>>->(next)
    WHERE true
      <<revisions.stood('event', 'next')>>
  ){0,} (found:Artifact)
WITH found, min(length(path)) / 2 AS steps_away, last(split(found.type, '.')) AS type
WHERE steps_away > 0
WITH found, steps_away, type, <<revisions.states_of('found')>>
WITH found, steps_away, type, <<revisions.as_map('found', history.of_push)>> AS said,
  rtrim(toLower(type), '0123456789') AS plain, COLLECT {
  MATCH (named:Type {id: found.type_id})
  RETURN <<revisions.then('named', '.base_type', long=true)>>
}[0] AS base
WITH found, steps_away, type, said, CASE
  WHEN type IN ['PushedModel', 'ModelPushPath', 'Deployment', 'Endpoint'] THEN '1 deployment'
  WHEN type = 'Model' THEN '2 model'
  WHEN type IN ['Evaluation', 'ModelEvaluation', 'Metrics', 'ClassificationMetrics',
    'SlicedClassificationMetrics', 'ModelBlessing', 'InfraBlessing', 'ModelInfraBlessingPath'] THEN '3 evaluation'
  WHEN type IN ['Examples', 'Dataset'] OR base = 'mlmd.Dataset' THEN '4 other'
  WHEN base = 'mlmd.Model' THEN '2 model'
  WHEN base = 'mlmd.Metrics' THEN '3 evaluation'
  WHEN any(ending IN ['model', 'checkpoint'] WHERE plain ENDS WITH ending) THEN '2 model (by its name)'
  WHEN any(ending IN ['evaluation', 'evaluations', 'metrics', 'report', 'scores'] WHERE plain ENDS WITH ending)
    THEN '3 evaluation (by its name)'
  WHEN any(ending IN ['deployment', 'endpoint'] WHERE plain ENDS WITH ending) THEN '1 deployment (by its name)'
  WHEN EXISTS {
    MATCH (found)<-[made:<<revisions.events_then('OUTPUT')>>-(maker:Execution)
    WHERE made.path[0] = 'model'
      <<revisions.stood('made', 'maker')>>
  } AND NOT plain ENDS WITH 'dataset'
    THEN '2 model (by its role)'
  ELSE '4 other' END AS rank
ORDER BY rank, steps_away, found.id
WITH collect({node: found, steps_away: steps_away, type: type, said: said, rank: rank}) AS reached
UNWIND reached[..1000] AS one
WITH size(reached) AS of, one.node AS found, one.steps_away AS steps_away, one.type AS type, one.said AS said,
  one.rank AS rank
WITH of, found, steps_away, type, rank, said, coalesce(said.custom_pushed_destination, said.pushed_destination) AS place,
  coalesce(<<history.pushed_at('found', past=true)>>, found.create_time) AS time, <<revisions.moment()>> AS moment
WITH of, found, steps_away, type, rank, said, place, time, moment,
  type = 'Deployment' AND coalesce(time > moment, false) AS planned
WITH of, found, steps_away, type, rank, said, planned, moment,
  NOT rank STARTS WITH '1' OR NOT planned AND NOT coalesce(said.custom_pushed, said.pushed, 1) IN [0, false]
    AND NOT EXISTS {
      MATCH (found)-[ended:<<revisions.events_then('INPUT')>>->(retire:Execution {type: 'Retire'})
      WHERE NOT coalesce(coalesce(retire.end_time, retire.create_time) > moment, false)
        <<revisions.stood('ended', 'retire')>>
    }
    AND NOT EXISTS {
      <<history.later('found', 'next', 'then', past=true)>>
      WHERE then > time OR then = time AND later.id > found.id
    } AS holds, COLLECT {
  MATCH (found)-[of_run:ATTRIBUTED_TO]->(context:Context)
  WHERE context.type IN <<history.run_types>>
    <<revisions.known('context')>>
    <<revisions.edge_known('of_run')>>
  WITH context, <<revisions.states_of('context', 'was')>>
  RETURN <<revisions.as_map('context', 'name user', 'was')>> AS run
  ORDER BY run.id
} AS runs
WITH *, holds AND coalesce(said.state, 'LIVE') IN ['LIVE', 'UNKNOWN'] AS live
RETURN substring(rank, 2) AS kind, 'a' + found.id + ' ' + type AS reached,
  CASE
    <<history.deleted('found')>>
    WHEN coalesce(said.custom_pushed, said.pushed) IN [0, false] THEN 'no: nothing was pushed'
    WHEN planned THEN 'no: planned' WHEN live THEN 'yes' ELSE 'no' END AS live,
  steps_away, coalesce(said.target, said.custom_pushed_destination, said.uri) AS uri,
  [run IN runs | 'c' + run.id + ' ' + run.name] AS runs,
  reduce(users = [], run IN runs | CASE
    WHEN run.user IS NULL OR run.user IN users THEN users ELSE users + run.user END) AS owners, of
ORDER BY rank, live DESC, steps_away, reached;
