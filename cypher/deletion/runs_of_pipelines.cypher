// The runs of some pipelines: those that are part of them, and those whose steps belong to them.
//
// access:  read
// returns: run_ids
MATCH (pipeline:Context WHERE pipeline.id IN $context_ids)
CALL (pipeline) {
  MATCH (pipeline)<-[:CHILD_OF]-(run:Context WHERE run.type IN $types)
  RETURN run.id AS run_id
  UNION
  MATCH (pipeline)<-[:ASSOCIATED_WITH]-(:Execution)-[:ASSOCIATED_WITH]->(run:Context WHERE run.type IN $types)
  RETURN run.id AS run_id
}
RETURN collect(DISTINCT run_id) AS run_ids;
