// What was in production at a moment: models deployed or pushed by then that nothing had replaced.
//
// Deployments (`store.decisions`) and pushes of TFX's alike, in the order of their own times, the last
// first: when the execution ended, or else when the store learnt of the artifact. A deployment serves
// until it is retired or replaced, a push until a later one goes to the same folder. If $live asks for
// what is there now, what was deleted since is left out, and deployments that are yet to come are. Of
// tombstones deployments of the past are told, whose target nobody knows any more; of a push nobody knows
// whether it put anything there. With $most only the last so many that came into question are looked at: all
// that is in the answer is right then, and what was before them is not in it.
//
// access:  read
// as_of:   yes
// returns: place, target, artifact (node), model (node), execution (node), since, user
// written: from scripts/queries/answers/production.cypher
MATCH (artifact:Artifact)
WHERE artifact.type IN ['Deployment', 'PushedModel', 'ModelPushPath'] AND artifact.id IS NOT NULL
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
MATCH (model:Artifact)-[read:INPUT
  |RETRACTED_INPUT // as of $known_at // optional
]->(execution:Execution)-[made:OUTPUT
  |RETRACTED_OUTPUT // as of $known_at // optional
]->(artifact)
WHERE read.path[0] IN ['model', 'model_export']
  AND coalesce(model._recorded, model.create_time) <= $known_at // optional
  AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  AND coalesce(read._recorded, $known_at) <= $known_at // optional
  AND coalesce(read._until > $known_at, true) // optional
  AND coalesce(made._recorded, $known_at) <= $known_at // optional
  AND coalesce(made._until > $known_at, true) // optional
WITH artifact, model, execution, []
  + COLLECT { MATCH (artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  AS past,
  []
    + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    AS changes
// Read once, and not for each key again.
WITH artifact, model, execution, past, changes, properties(artifact) AS own, properties(execution) AS step
WITH artifact, model, execution, past, own,
  coalesce(nullIf(coalesce(
    head([r IN changes WHERE r.state IS NOT NULL | r.state]),
    properties(step).state), [false]), '') AS state,
  coalesce(nullIf(coalesce(
    head([r IN changes WHERE r.end_time IS NOT NULL | r.end_time]),
    properties(step).end_time), [false]),
    nullIf(coalesce(
      head([r IN changes WHERE r.start_time IS NOT NULL | r.start_time]),
      properties(step).start_time), [false]), artifact.create_time) AS since
WHERE state <> 'CACHED' AND since <= $on
WITH artifact, model, execution, past, own, since
ORDER BY since DESC, artifact.id DESC
LIMIT $most // optional
WITH artifact, model, execution, {
  custom_pushed: nullIf(coalesce(
    head([r IN past WHERE r.custom_pushed IS NOT NULL | r.custom_pushed]),
    properties(own).custom_pushed), [false]),
  pushed: nullIf(coalesce(
    head([r IN past WHERE r.pushed IS NOT NULL | r.pushed]),
    properties(own).pushed), [false]),
  custom_pushed_destination: nullIf(coalesce(
    head([r IN past WHERE r.custom_pushed_destination IS NOT NULL | r.custom_pushed_destination]),
    properties(own).custom_pushed_destination), [false]),
  pushed_destination: nullIf(coalesce(
    head([r IN past WHERE r.pushed_destination IS NOT NULL | r.pushed_destination]),
    properties(own).pushed_destination), [false]),
  target: nullIf(coalesce(
    head([r IN past WHERE r.target IS NOT NULL | r.target]),
    properties(own).target), [false]),
  uri: nullIf(coalesce(
    head([r IN past WHERE r.uri IS NOT NULL | r.uri]),
    properties(own).uri), [false]),
  state: nullIf(coalesce(
    head([r IN past WHERE r.state IS NOT NULL | r.state]),
    properties(own).state), [false])
} AS said, since
WITH artifact, model, execution, since, said, coalesce(said.custom_pushed_destination, said.pushed_destination) AS to,
  coalesce(
    CASE WHEN $known_at < datetime() THEN $known_at END, // optional
    datetime()) AS moment
WHERE since <= $on AND NOT ($live AND artifact.type = 'Deployment' AND coalesce(since > moment, false))
  AND (artifact._deleted IS NULL OR artifact.type = 'Deployment' AND (NOT $live OR artifact._deleted > moment))
  AND coalesce(said.custom_pushed, said.pushed, 1) <> 0 AND coalesce(said.state, '') <> 'ABANDONED'
  AND NOT EXISTS {
    MATCH (artifact)-[ended:INPUT
      |RETRACTED_INPUT // as of $known_at // optional
    ]->(retire:Execution {type: 'Retire'})
    WHERE coalesce(retire.end_time, retire.create_time) <= $on
      AND NOT ($live AND coalesce(coalesce(retire.end_time, retire.create_time) > moment, false))
      AND coalesce(retire._recorded, retire.create_time) <= $known_at // optional
      AND coalesce(ended._recorded, $known_at) <= $known_at // optional
      AND coalesce(ended._until > $known_at, true) // optional
  }
WITH artifact, model, execution, since, said.state AS state, coalesce(said.target, to, said.uri) AS target,
  CASE artifact.type WHEN 'Deployment' THEN 'a' + artifact.id
    ELSE coalesce(left(to, size(to) - size(last(split(to, '/')))), 'a' + artifact.id) END AS place
ORDER BY since DESC, artifact.id DESC
WITH place, collect({artifact: artifact, model: model, execution: execution, since: since, target: target, state: state})[0] AS one
WITH place, one.target AS target, one.artifact AS artifact, one.model AS model, one.execution AS execution,
  one.since AS since, one.state AS state
WHERE NOT $live OR coalesce(state, 'LIVE') IN ['LIVE', 'UNKNOWN']
WITH place, target, artifact, model, execution, since
WHERE true
  AND target = $target // optional
  AND model.id IN $model_ids // optional
WITH place, target, artifact, model, execution, since
ORDER BY since DESC, artifact.id DESC
LIMIT $limit // optional
RETURN place, target, artifact {
  _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS artifact,
  model {
    _past: [(model)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS model,
  execution {
    _past: [(execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS execution,
  since, COLLECT {
    MATCH (execution)-[edge:ASSOCIATED_WITH]->(run:Context)
    WHERE true
      AND coalesce(run._recorded, run.create_time) <= $known_at // optional
      AND coalesce(edge._recorded, $known_at) <= $known_at // optional
    WITH run, []
      + COLLECT { MATCH (run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
      AS of_run
    RETURN nullIf(coalesce(
      head([r IN of_run WHERE r.user IS NOT NULL | r.user]),
      properties(run).user), [false]) AS user ORDER BY user
  }[0] AS user
ORDER BY since DESC, artifact.id DESC;
