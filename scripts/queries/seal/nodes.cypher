// Nodes of a lineage, each with what it said before.
//
// access:  read
// returns: kind, labels, properties, revisions (maps)
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (node:Artifact {id: id})
  RETURN node, 'artifact' AS kind
  UNION ALL
  UNWIND $execution_ids AS id
  MATCH (node:Execution {id: id})
  RETURN node, 'execution' AS kind
}
<<seals.said()>>, kind
RETURN kind, labels, properties,
  <<seals.said_before()>>;
