// Events of executions, and when each was recorded.
//
// access:  read
// returns: artifact_id, execution_id, type, is_input, recorded, properties, time (text)
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})
MATCH (execution)-[edge:<<events.every>>]-(artifact:Artifact)
RETURN artifact.id AS artifact_id, execution.id AS execution_id, type(edge) AS type,
  endNode(edge) = execution AS is_input,
  coalesce(
    edge._recorded,
    CASE WHEN <<revisions.recorded('artifact')>> > <<revisions.recorded('execution')>>
      THEN <<revisions.recorded('artifact')>> ELSE <<revisions.recorded('execution')>> END
  ) AS recorded,
  <<seals.said_of_edge()>> AS properties,
  <<seals.time_of_edge()>> AS time;
