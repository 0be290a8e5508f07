// The artifacts of a type whose evaluation has the largest or smallest metric, the best first.
//
// The candidates are those of resolve.latest. An evaluation came out of an execution that read the
// artifact in one of $roles or, if $alone, read no other of its type. Its metric is the first of
// $metric_keys that holds a number. Of several evaluations of an artifact the one that was recorded
// last counts; if that says NaN, the artifact is no candidate. Of equals the newest is first.
//
// access:  read
// as_of:   yes
// returns: artifact (node), value, evaluation (node)
// written: from scripts/queries/resolve/best_evaluated.cypher
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
WHERE artifact.type = $type AND artifact.create_time <= $on AND artifact.id IS NOT NULL
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
MATCH (reader)-[event:OUTPUT
  |RETRACTED_OUTPUT // as of $known_at // optional
]->(evaluation:Artifact)
WHERE evaluation.type = $evaluation_type AND evaluation.create_time <= $on
  AND evaluation.state IN $evidence_states // optional
  AND coalesce(COLLECT { MATCH (evaluation)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], evaluation.state) IN $known_evidence_states // optional
  AND coalesce(evaluation._recorded, evaluation.create_time) <= $known_at // optional
  AND coalesce(event._recorded, $known_at) <= $known_at // optional
  AND coalesce(event._until > $known_at, true) // optional
WITH artifact, evaluation, min(coalesce(event.ordinal, 0)) AS ordinal
WITH artifact, evaluation, ordinal,
  head([value IN [key IN $metric_keys |
    coalesce(
      COLLECT { MATCH (evaluation)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r[key] IS NOT NULL RETURN r[key] ORDER BY r._until LIMIT 1 }[0], // optional
      evaluation[key])
  ] WHERE value IS :: INTEGER NOT NULL OR value IS :: FLOAT NOT NULL]) AS value
WHERE value IS NOT NULL
WITH artifact, evaluation, value
ORDER BY coalesce(evaluation.create_time, datetime({epochMillis: 0})) DESC, ordinal DESC, evaluation.id DESC
WITH artifact, head(collect({value: value, evaluation: evaluation})) AS one
WITH artifact, one.value AS value, one.evaluation AS evaluation
WHERE NOT isNaN(value)
WITH artifact, value, evaluation
ORDER BY CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC,
  artifact.create_time DESC, artifact.id DESC
LIMIT $limit
RETURN artifact {
  _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS artifact, value,
  evaluation {
    _past: [(evaluation)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  } AS evaluation
ORDER BY CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC,
  artifact.create_time DESC, artifact.id DESC;
