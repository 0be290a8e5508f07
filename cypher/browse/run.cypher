// A picture of one run: its executions, and the artifacts that they read and made.
//
// The context may be anything that executions belong to: a run, a pipeline, a project.
//
// access:  read
// returns: execution (node), event (relationship), artifact (node)
MATCH (:Context {id: $context_id})<-[:ASSOCIATED_WITH]-(execution:Execution)
OPTIONAL MATCH (execution)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(artifact:Artifact)
RETURN execution, event, artifact
LIMIT 1000;
