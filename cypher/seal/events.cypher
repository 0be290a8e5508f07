// Events of executions, and when each was recorded.
//
// access:  read
// returns: artifact_id, execution_id, type, is_input, recorded, properties, time (text)
// written: from scripts/queries/seal/events.cypher
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})
MATCH (execution)-[edge:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(artifact:Artifact)
RETURN artifact.id AS artifact_id, execution.id AS execution_id, type(edge) AS type,
  endNode(edge) = execution AS is_input,
  coalesce(
    edge._recorded,
    CASE WHEN coalesce(artifact._recorded, artifact.create_time) > coalesce(execution._recorded, execution.create_time)
      THEN coalesce(artifact._recorded, artifact.create_time) ELSE coalesce(execution._recorded, execution.create_time) END
  ) AS recorded,
  edge {.*, time: CASE WHEN edge.time IS :: ZONED DATETIME THEN null ELSE edge.time END} AS properties,
  CASE WHEN edge.time IS :: ZONED DATETIME THEN toString(edge.time) END AS time;
