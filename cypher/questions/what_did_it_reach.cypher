// Which models, evaluations and deployments an artifact, such as a bad dataset, got into.
//
// Ask of any artifact: `:param artifact_id => 1`; browse.downstream draws the way there. One row a
// thing that it reached, however many ways lead there: deployments first, the live ones first, then models,
// evaluations, and all else. What the name of a type or a role suggests is marked as such. What a
// resolver only chose is not reached by that. Pushes are in the order of their own times, and a
// deployment that is yet to come is not live. The walk visits each node once, however far; `of` is how many
// artifacts it meets, of which a thousand are shown: deployments, then models, the nearest first.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: kind, reached, live, steps_away, uri, runs, owners, of
// written: from scripts/queries/questions/what_did_it_reach.cypher
MATCH (start:Artifact {id: $artifact_id})
WHERE true
  AND coalesce(start._recorded, start.create_time) <= $known_at // optional
MATCH path = (start)
  ((here)-[event:INPUT|OUTPUT
    |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
  ]->(next)
    WHERE true
      AND coalesce(next._recorded, next.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
  ){0,} (found:Artifact)
WITH found, min(length(path)) / 2 AS steps_away, last(split(found.type, '.')) AS type
WHERE steps_away > 0
WITH found, steps_away, type, []
  + COLLECT { MATCH (found)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(found)] AS past
WITH found, steps_away, type, {
  custom_pushed: [r IN past WHERE r.custom_pushed IS NOT NULL | nullIf(r.custom_pushed, [false])][0],
  pushed: [r IN past WHERE r.pushed IS NOT NULL | nullIf(r.pushed, [false])][0],
  custom_pushed_destination: [r IN past WHERE r.custom_pushed_destination IS NOT NULL | nullIf(r.custom_pushed_destination, [false])][0],
  pushed_destination: [r IN past WHERE r.pushed_destination IS NOT NULL | nullIf(r.pushed_destination, [false])][0],
  target: [r IN past WHERE r.target IS NOT NULL | nullIf(r.target, [false])][0],
  uri: [r IN past WHERE r.uri IS NOT NULL | nullIf(r.uri, [false])][0],
  state: [r IN past WHERE r.state IS NOT NULL | nullIf(r.state, [false])][0],
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS said,
  rtrim(toLower(type), '0123456789') AS plain, COLLECT {
  MATCH (named:Type {id: found.type_id})
  RETURN coalesce(
    COLLECT { MATCH (named)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.base_type IS NOT NULL // optional
      RETURN r.base_type ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
    named.base_type)
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
    MATCH (found)<-[made:OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]-(maker:Execution)
    WHERE made.path[0] = 'model'
      AND coalesce(maker._recorded, maker.create_time) <= $known_at // optional
      AND coalesce(made._recorded, $known_at) <= $known_at // optional
      AND coalesce(made._until > $known_at, true) // optional
  } AND NOT plain ENDS WITH 'dataset'
    THEN '2 model (by its role)'
  ELSE '4 other' END AS rank
ORDER BY rank, steps_away, found.id
WITH collect({node: found, steps_away: steps_away, type: type, said: said, rank: rank}) AS reached
UNWIND reached[..1000] AS one
WITH size(reached) AS of, one.node AS found, one.steps_away AS steps_away, one.type AS type, one.said AS said,
  one.rank AS rank
WITH of, found, steps_away, type, rank, said, coalesce(said.custom_pushed_destination, said.pushed_destination) AS place,
  coalesce(COLLECT {
    MATCH (maker:Execution)-[made:OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]->(found)
    WHERE true
      AND coalesce(maker._recorded, maker.create_time) <= $known_at // optional
      AND coalesce(made._recorded, $known_at) <= $known_at // optional
      AND coalesce(made._until > $known_at, true) // optional
    WITH maker, []
      + COLLECT { MATCH (maker)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
      AS of_maker
    WHERE coalesce(nullIf(coalesce(
      head([r IN of_maker WHERE r.state IS NOT NULL | r.state]),
      properties(maker).state), [false]), '') <> 'CACHED'
    RETURN coalesce(nullIf(coalesce(
      head([r IN of_maker WHERE r.end_time IS NOT NULL | r.end_time]),
      properties(maker).end_time), [false]),
      nullIf(coalesce(
        head([r IN of_maker WHERE r.start_time IS NOT NULL | r.start_time]),
        properties(maker).start_time), [false])) AS at ORDER BY at LIMIT 1
  }[0], found.create_time) AS time, coalesce(
    CASE WHEN $known_at < datetime() THEN $known_at END, // optional
    datetime()) AS moment
WITH of, found, steps_away, type, rank, said, place, time, moment,
  type = 'Deployment' AND coalesce(time > moment, false) AS planned
WITH of, found, steps_away, type, rank, said, planned, moment,
  NOT rank STARTS WITH '1' OR NOT planned AND NOT coalesce(said.custom_pushed, said.pushed, 1) IN [0, false]
    AND NOT EXISTS {
      MATCH (found)-[ended:INPUT
        |RETRACTED_INPUT // as of $known_at // optional
      ]->(retire:Execution {type: 'Retire'})
      WHERE NOT coalesce(coalesce(retire.end_time, retire.create_time) > moment, false)
        AND coalesce(retire._recorded, retire.create_time) <= $known_at // optional
        AND coalesce(ended._recorded, $known_at) <= $known_at // optional
        AND coalesce(ended._until > $known_at, true) // optional
    }
    AND NOT EXISTS {
      MATCH (later:Artifact {type: found.type})
      WHERE later.create_time IS NOT NULL AND later.id IS NOT NULL AND later <> found
        AND coalesce(later._recorded, later.create_time) <= $known_at // optional
      WITH later, []
        + COLLECT { MATCH (later)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
        AS past
      WITH later, {
        custom_pushed: nullIf(coalesce(
          head([r IN past WHERE r.custom_pushed IS NOT NULL | r.custom_pushed]),
          properties(later).custom_pushed), [false]),
        pushed: nullIf(coalesce(
          head([r IN past WHERE r.pushed IS NOT NULL | r.pushed]),
          properties(later).pushed), [false]),
        custom_pushed_destination: nullIf(coalesce(
          head([r IN past WHERE r.custom_pushed_destination IS NOT NULL | r.custom_pushed_destination]),
          properties(later).custom_pushed_destination), [false]),
        pushed_destination: nullIf(coalesce(
          head([r IN past WHERE r.pushed_destination IS NOT NULL | r.pushed_destination]),
          properties(later).pushed_destination), [false]),
        target: nullIf(coalesce(
          head([r IN past WHERE r.target IS NOT NULL | r.target]),
          properties(later).target), [false]),
        uri: nullIf(coalesce(
          head([r IN past WHERE r.uri IS NOT NULL | r.uri]),
          properties(later).uri), [false]),
        state: nullIf(coalesce(
          head([r IN past WHERE r.state IS NOT NULL | r.state]),
          properties(later).state), [false])
      } AS next
      WHERE coalesce(next.custom_pushed, next.pushed) IN [1, true]
        AND coalesce(next.state, '') <> 'ABANDONED'
        AND coalesce(next.custom_pushed_destination, next.pushed_destination) STARTS WITH
          left(place, size(place) - size(last(split(place, '/'))))
      WITH later, coalesce(COLLECT {
        MATCH (maker:Execution)-[made:OUTPUT
          |RETRACTED_OUTPUT // as of $known_at // optional
        ]->(later)
        WHERE true
          AND coalesce(maker._recorded, maker.create_time) <= $known_at // optional
          AND coalesce(made._recorded, $known_at) <= $known_at // optional
          AND coalesce(made._until > $known_at, true) // optional
        WITH maker, []
          + COLLECT { MATCH (maker)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
          AS of_maker
        WHERE coalesce(nullIf(coalesce(
          head([r IN of_maker WHERE r.state IS NOT NULL | r.state]),
          properties(maker).state), [false]), '') <> 'CACHED'
        RETURN coalesce(nullIf(coalesce(
          head([r IN of_maker WHERE r.end_time IS NOT NULL | r.end_time]),
          properties(maker).end_time), [false]),
          nullIf(coalesce(
            head([r IN of_maker WHERE r.start_time IS NOT NULL | r.start_time]),
            properties(maker).start_time), [false])) AS at ORDER BY at LIMIT 1
      }[0], later.create_time) AS then
      WHERE then > time OR then = time AND later.id > found.id
    } AS holds, COLLECT {
  MATCH (found)-[of_run:ATTRIBUTED_TO]->(context:Context)
  WHERE context.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
    AND coalesce(of_run._recorded, $known_at) <= $known_at // optional
  WITH context, []
    + COLLECT { MATCH (context)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(context)] AS was
  RETURN {
    name: [r IN was WHERE r.name IS NOT NULL | nullIf(r.name, [false])][0],
    user: [r IN was WHERE r.user IS NOT NULL | nullIf(r.user, [false])][0],
    id: was[-1].id, type: was[-1].type, create_time: was[-1].create_time
  } AS run
  ORDER BY run.id
} AS runs
WITH *, holds AND coalesce(said.state, 'LIVE') IN ['LIVE', 'UNKNOWN'] AS live
RETURN substring(rank, 2) AS kind, 'a' + found.id + ' ' + type AS reached,
  CASE
    WHEN found.type <> 'Deployment' AND found._deleted > $known_at THEN 'not known: it was deleted since' // optional
    WHEN found._deleted IS NOT NULL AND (found.type <> 'Deployment' OR found._deleted <= moment) THEN 'no: it was deleted'
    WHEN coalesce(said.custom_pushed, said.pushed) IN [0, false] THEN 'no: nothing was pushed'
    WHEN planned THEN 'no: planned' WHEN live THEN 'yes' ELSE 'no' END AS live,
  steps_away, coalesce(said.target, said.custom_pushed_destination, said.uri) AS uri,
  [run IN runs | 'c' + run.id + ' ' + run.name] AS runs,
  reduce(users = [], run IN runs | CASE
    WHEN run.user IS NULL OR run.user IN users THEN users ELSE users + run.user END) AS owners, of
ORDER BY rank, live DESC, steps_away, reached;
