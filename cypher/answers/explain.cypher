// A model, who made it, and all that was done with it: what its passport is written from.
//
// Makers are executions that it came out of; uses are executions that read it, the newest first,
// each with its contexts, and as events all that it read and made: artifact, type and path.
//
// access:  read
// as_of:   yes
// returns: model (node), makers (list of maps), uses (list of maps)
// written: from scripts/queries/answers/explain.cypher
MATCH (model:Artifact {id: $artifact_id})
WHERE true
  AND coalesce(model._recorded, model.create_time) <= $known_at // optional
RETURN model {
  _past: [(model)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS model, COLLECT {
  MATCH (execution:Execution)-[made:OUTPUT
    |RETRACTED_OUTPUT // as of $known_at // optional
  ]->(model)
  WHERE true
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
    AND coalesce(made._recorded, $known_at) <= $known_at // optional
    AND coalesce(made._until > $known_at, true) // optional
  WITH DISTINCT execution
  RETURN {execution: execution {
    _past: [(execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  }, contexts: COLLECT {
    MATCH (execution)-[edge:ASSOCIATED_WITH]->(context:Context)
    WHERE true
      AND coalesce(context._recorded, context.create_time) <= $known_at // optional
      AND coalesce(edge._recorded, $known_at) <= $known_at // optional
    RETURN context {
      _past: [(context)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
      .*
    }
  }}
  ORDER BY execution.id
} AS makers, COLLECT {
  MATCH (model)-[read:INPUT
    |RETRACTED_INPUT // as of $known_at // optional
  ]->(execution:Execution)
  WHERE true
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
    AND coalesce(read._recorded, $known_at) <= $known_at // optional
    AND coalesce(read._until > $known_at, true) // optional
  WITH DISTINCT execution
  ORDER BY execution.id DESC
  LIMIT $limit
  RETURN {execution: execution {
    _past: [(execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  }, contexts: COLLECT {
    MATCH (execution)-[edge:ASSOCIATED_WITH]->(context:Context)
    WHERE true
      AND coalesce(context._recorded, context.create_time) <= $known_at // optional
      AND coalesce(edge._recorded, $known_at) <= $known_at // optional
    RETURN context {
      _past: [(context)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
      .*
    }
  }, events: COLLECT {
    MATCH (artifact:Artifact)-[event:INPUT|DECLARED_INPUT|INTERNAL_INPUT|OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT
      |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
    ]-(execution)
    WHERE true
      AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
    RETURN {artifact: artifact {
      _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
      .*
    }, path: event.path, type:
      replace( // as of $known_at // optional
      type(event)
      , 'RETRACTED_', '') // as of $known_at // optional
    }
  }}
} AS uses;
