// The latest artifacts of a type that others, made from them, speak for: a blessing, a push.
//
// The candidates are those of resolve.latest, tested one after the other until there are enough. An
// execution counts that read the artifact in one of $roles or, if $alone, read no other of its type.
// What speaks for the artifact came out of that execution, or (the bound, here 40 events, is set by
// the code) of a later one, on a way that does not lead through others of the type in other roles.
// Of each of $approvals it takes one, and the last created is in the answer: of one of the types, and
// the first of its keys that the node has holds one of the values, or it has none and unsaid is one.
//
// access:  read
// returns: artifact (node), approvals (nodes)
// written: from scripts/queries/resolve/latest_approved.cypher
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
WHERE artifact.type = $type AND artifact.create_time <= $as_of AND artifact.id IS NOT NULL
  AND artifact._deleted IS NULL
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
WITH artifact
ORDER BY artifact.type DESC, artifact.create_time DESC, artifact.id DESC
WHERE true
  AND all(id IN $context_ids WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: id}) }) // optional
  AND all(wanted IN $either_values WHERE any(key IN wanted.keys WHERE artifact[key] = wanted.value)) // optional
  AND (NOT $produced OR EXISTS {
    MATCH (artifact)<-[:OUTPUT]-(producer:Execution)
    WHERE producer.create_time <= $as_of
      AND producer.type = $producer // optional
      AND all(id IN $context_ids WHERE EXISTS { (producer)-[:ASSOCIATED_WITH]->(:Context {id: id}) }) // optional
  })
CALL (artifact) {
  MATCH (artifact)-[read:INPUT]->(reader:Execution)
  WHERE reader.create_time <= $as_of AND (read.path[0] IN $roles
    OR $alone AND COUNT { MATCH (other:Artifact)-[:INPUT]->(reader) WHERE other.type = $type RETURN DISTINCT other } = 1)
  MATCH (reader)
    ((here)-[event:INPUT|OUTPUT]->(next)
      WHERE next.create_time <= $as_of AND (here:Execution OR here.type <> $type OR event.path[0] IN $roles)
    ){0,40} (made:Artifact)
  WHERE any(approval IN $approvals WHERE made.type IN approval.types)
    AND made._deleted IS NULL
    AND made.state IN $evidence_states // optional
  WITH DISTINCT made
  ORDER BY made.create_time DESC, made.id DESC
  RETURN collect(made) AS all_made
}
WITH artifact, [approval IN $approvals | head([made IN all_made
  WHERE made.type IN approval.types
    AND coalesce(head([key IN approval.keys WHERE made[key] IS NOT NULL | made[key]]), approval.unsaid) IN approval.values
])] AS approvals
WHERE none(approval IN approvals WHERE approval IS NULL)
RETURN artifact, approvals
ORDER BY artifact.type DESC, artifact.create_time DESC, artifact.id DESC
LIMIT $limit;
