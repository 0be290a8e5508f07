// What running an execution again depends on: all that it read, and the runs that it belongs to.
//
// A CACHED execution did nothing itself; a second row is the one that made what it passed on, the
// one of its fingerprint if there is one, of several the newest.
//
// access:  read
// returns: execution (node), asked, inputs (list of {artifact, path, type}), runs (nodes)
MATCH (asked:Execution {id: $execution_id})
WITH asked, COLLECT {
  WITH asked
  WHERE asked.state = 'CACHED'
  MATCH (asked)-[:OUTPUT]->(:Artifact)<-[:OUTPUT]-(maker:Execution)
  WHERE coalesce(maker.state, 'UNKNOWN') <> 'CACHED'
  RETURN maker
  ORDER BY coalesce(maker.fingerprint = asked.fingerprint, false) DESC, maker.id DESC
  LIMIT 1
} AS makers
UNWIND [asked] + makers AS execution
RETURN execution, execution.id = asked.id AS asked, COLLECT {
  MATCH (execution)<-[event:INPUT|DECLARED_INPUT|INTERNAL_INPUT]-(artifact:Artifact)
  RETURN {artifact: artifact, path: event.path, type: type(event)}
} AS inputs, COLLECT {
  MATCH (execution)-[:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN $types
  RETURN run
  ORDER BY run.id
} AS runs;
