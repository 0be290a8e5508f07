// Which of some artifacts and executions belong to a namespace, and which of these to another one, too.
//
// A node belongs to the namespaces that its contexts say by their custom property `namespace`. An artifact in no context
// belongs to the namespace of the token that recorded it: $names are those of this one. What belongs to others is not in
// the answer, and neither is what is not there.
//
// access:  read
// returns: kind, id, elsewhere
// written: from scripts/queries/namespace/belonging.cypher
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})
WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context:Context) WHERE context.custom_namespace = $namespace }
  OR artifact._by IN $names AND NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context) }
RETURN 'artifact' AS kind, id,
  EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context:Context) WHERE context.custom_namespace <> $namespace } AS elsewhere
UNION
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})
WHERE EXISTS { (execution)-[:ASSOCIATED_WITH]->(context:Context) WHERE context.custom_namespace = $namespace }
RETURN 'execution' AS kind, id,
  EXISTS { (execution)-[:ASSOCIATED_WITH]->(context:Context) WHERE context.custom_namespace <> $namespace } AS elsewhere;
