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
// as_of:   yes
// returns: artifact (node), approvals (nodes)
// written: from scripts/queries/resolve/latest_approved.cypher
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
WHERE artifact.type = $type AND artifact.create_time <= $on AND artifact.id IS NOT NULL
  AND artifact._deleted IS NULL
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
  AND coalesce(COLLECT { MATCH (artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], artifact.state) IN $known_states // optional
WITH artifact
ORDER BY artifact.type DESC, artifact.create_time DESC, artifact.id DESC
WHERE true
  AND all(id IN $context_ids WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: id}) }) // optional
  AND all(id IN $context_ids WHERE EXISTS { (artifact)-[edge:ATTRIBUTED_TO]->({id: id}) WHERE coalesce(edge._recorded, $known_at) <= $known_at }) // optional
  AND all(wanted IN $either_values WHERE any(key IN wanted.keys WHERE artifact[key] = wanted.value)) // optional
  AND all(one IN $known_values WHERE one.value IN [k IN one.keys | coalesce(COLLECT { MATCH (artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r[k] IS NOT NULL RETURN r[k] ORDER BY r._until LIMIT 1 }[0], artifact[k])]) // optional
  AND (NOT $produced OR EXISTS {
    MATCH (artifact)<-[event:OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]-(producer:Execution)
    WHERE producer.create_time <= $on
      AND coalesce(producer._recorded, producer.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
      AND producer.type = $producer // optional
      AND all(id IN $context_ids WHERE EXISTS { (producer)-[:ASSOCIATED_WITH]->(:Context {id: id}) }) // optional
      AND all(id IN $context_ids WHERE EXISTS { (producer)-[edge:ASSOCIATED_WITH]->({id: id}) WHERE coalesce(edge._recorded, $known_at) <= $known_at }) // optional
  })
CALL (artifact) {
  MATCH (artifact)-[read:INPUT
    |RETRACTED_INPUT // as of $known_at // optional
  ]->(reader:Execution)
  WHERE reader.create_time <= $on
    AND coalesce(reader._recorded, reader.create_time) <= $known_at // optional
    AND coalesce(read._recorded, $known_at) <= $known_at // optional
    AND coalesce(read._until > $known_at, true) // optional
    AND (read.path[0] IN $roles OR $alone AND COUNT {
      MATCH (other:Artifact)-[event:INPUT
        |RETRACTED_INPUT // as of $known_at // optional
      ]->(reader)
      WHERE other.type = $type
        AND coalesce(event._recorded, $known_at) <= $known_at // optional
        AND coalesce(event._until > $known_at, true) // optional
      RETURN DISTINCT other
    } = 1)
  MATCH (reader)
    ((here)-[event:INPUT|OUTPUT
      |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
    ]->(next)
      WHERE next.create_time <= $on AND (here:Execution OR here.type <> $type OR event.path[0] IN $roles)
        AND coalesce(next._recorded, next.create_time) <= $known_at // optional
        AND coalesce(event._recorded, $known_at) <= $known_at // optional
        AND coalesce(event._until > $known_at, true) // optional
    ){0,40} (made:Artifact)
  WHERE any(approval IN $approvals WHERE made.type IN approval.types)
    AND made._deleted IS NULL
    AND made.state IN $evidence_states // optional
    AND coalesce(COLLECT { MATCH (made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], made.state) IN $known_evidence_states // optional
    AND coalesce(made._recorded, made.create_time) <= $known_at // optional
  WITH DISTINCT made
  ORDER BY made.create_time DESC, made.id DESC
  RETURN collect(made) AS all_made
}
WITH artifact, [approval IN $approvals | head([made IN all_made
  WHERE made.type IN approval.types
    AND coalesce(head([value IN [key IN approval.keys |
      coalesce(
        COLLECT { MATCH (made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r[key] IS NOT NULL RETURN r[key] ORDER BY r._until LIMIT 1 }[0], // optional
        made[key])
    ] WHERE value <> [false]]), approval.unsaid) IN approval.values
  | made {
    _past: [(made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  }
])] AS approvals
WHERE none(approval IN approvals WHERE approval IS NULL)
WITH artifact AS node, approvals
ORDER BY node.type DESC, node.create_time DESC, node.id DESC
LIMIT $limit
RETURN node {
  _past: [(node)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS artifact, approvals
ORDER BY node.type DESC, node.create_time DESC, node.id DESC;
