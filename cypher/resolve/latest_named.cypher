// The latest artifacts of a type that others name by id and speak for: TFX's older blessings.
//
// The candidates are those of resolve.latest; $approvals are those of resolve.latest_approved. What was
// imported names the id in its source, and the artifact is looked for there.
//
// access:  read
// as_of:   yes
// returns: artifact (node), approvals (nodes)
// written: from scripts/queries/resolve/latest_named.cypher
UNWIND $approvals AS approval
UNWIND approval.types AS type
MATCH (made:Artifact)
WHERE made.type = type AND made.create_time <= $on AND made.id IS NOT NULL
  AND made._deleted IS NULL
  AND made.state IN $evidence_states // optional
  AND coalesce(COLLECT { MATCH (made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], made.state) IN $known_evidence_states // optional
  AND coalesce(made._recorded, made.create_time) <= $known_at // optional
WITH made, approval, head([value IN [key IN $reference_keys |
  coalesce(
    COLLECT { MATCH (made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r[key] IS NOT NULL RETURN r[key] ORDER BY r._until LIMIT 1 }[0], // optional
    made[key])
] WHERE value <> [false]]) AS named, head([key IN $source_reference_keys WHERE made[key] IS NOT NULL | made[key]]) AS original
WHERE named IS NOT NULL
  AND coalesce(head([value IN [key IN approval.keys |
    coalesce(
      COLLECT { MATCH (made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r[key] IS NOT NULL RETURN r[key] ORDER BY r._until LIMIT 1 }[0], // optional
      made[key])
  ] WHERE value <> [false]]), approval.unsaid) IN approval.values
CALL (made, named, original) {
  WITH *
  WHERE made.source IS NULL OR original IS NOT NULL
  MATCH (artifact:Artifact {id: named})
  RETURN artifact
  UNION
  WITH *
  WHERE original IS NULL
  MATCH (artifact:Artifact {source: made.source, source_id: named})
  RETURN artifact
}
WITH artifact, made
WHERE artifact.type = $type AND artifact.create_time <= $on
  AND artifact._deleted IS NULL
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
  AND coalesce(COLLECT { MATCH (artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], artifact.state) IN $known_states // optional
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
WITH artifact, made
ORDER BY made.create_time DESC, made.id DESC
WITH artifact, collect(made)[..1] AS approvals
WITH artifact, approvals
ORDER BY artifact.type DESC, artifact.create_time DESC, artifact.id DESC
LIMIT $limit
RETURN artifact {
  _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS artifact, [made IN approvals | made {
  _past: [(made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
}] AS approvals
ORDER BY artifact.type DESC, artifact.create_time DESC, artifact.id DESC;
