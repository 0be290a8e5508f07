// The nodes whose name, place, external id or digest begins with one of some texts, so many of each way.
//
// Each way in is the prefix of an index that is there for other reasons, so that an answer takes as long in
// a large store as in a small one, and writing takes no longer. Names are looked for within each type.
//
// access:  read
// as_of:   yes
// planned: once for $begins, $digests
// returns: kind, node (map), way
// written: from scripts/queries/answers/search.cypher
CALL () {
  UNWIND $begins AS begin
  MATCH (type:ArtifactType)
  MATCH (artifact:Artifact {type_id: type.id})
  WHERE artifact.name STARTS WITH begin
    AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  RETURN 'artifact' AS kind, artifact {
    _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS node, 'name' AS way
  LIMIT $limit
  UNION ALL
  UNWIND $begins AS begin
  MATCH (artifact:Artifact)
  WHERE artifact.external_id STARTS WITH begin
    AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  RETURN 'artifact' AS kind, artifact {
    _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS node, 'external id' AS way
  LIMIT $limit
  UNION ALL
  UNWIND $begins AS begin
  MATCH (type:ExecutionType)
  MATCH (execution:Execution {type_id: type.id})
  WHERE execution.name STARTS WITH begin
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  RETURN 'execution' AS kind, execution {
    _past: [(execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS node, 'name' AS way
  LIMIT $limit
  UNION ALL
  UNWIND $begins AS begin
  MATCH (execution:Execution)
  WHERE execution.external_id STARTS WITH begin
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  RETURN 'execution' AS kind, execution {
    _past: [(execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS node, 'external id' AS way
  LIMIT $limit
  UNION ALL
  UNWIND $begins AS begin
  MATCH (type:ContextType)
  MATCH (context:Context {type_id: type.id})
  WHERE context.name STARTS WITH begin
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
  RETURN 'context' AS kind, context {
    _past: [(context)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS node, 'name' AS way
  LIMIT $limit
  UNION ALL
  UNWIND $begins AS begin
  MATCH (context:Context)
  WHERE context.external_id STARTS WITH begin
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
  RETURN 'context' AS kind, context {
    _past: [(context)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS node, 'external id' AS way
  LIMIT $limit
  UNION ALL
  UNWIND $begins AS begin
  MATCH (artifact:Artifact)
  WHERE artifact.uri STARTS WITH begin
    AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  RETURN 'artifact' AS kind, artifact {
    _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS node, 'uri' AS way
  LIMIT $limit
  UNION ALL
  UNWIND $begins AS begin
  MATCH (artifact:Artifact)
  WHERE artifact._place STARTS WITH begin
    AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  RETURN 'artifact' AS kind, artifact {
    _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS node, 'uri' AS way
  LIMIT $limit
  UNION ALL
  UNWIND $digests AS begin
  MATCH (artifact:Artifact)
  WHERE artifact._contents STARTS WITH begin
    AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  RETURN 'artifact' AS kind, artifact {
    _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS node, 'digest' AS way
  LIMIT $limit
}
RETURN kind, node, way;
