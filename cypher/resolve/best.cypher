// The artifacts of a type with the largest or smallest metric, the best first; of equals the newest.
//
// The candidates are those of resolve.latest. The metric is the first of $metric_keys that holds a
// number: the artifact's own, or else that of the evaluation which was recorded last, and which came
// out of an execution that read the candidate in one of $roles or, if $alone, read no other of its
// type. An evaluation is one by the name of its type ($evaluation_names), by its base type, or by how
// its name ends. What has no metric, or NaN, is no candidate.
//
// access:  read
// as_of:   yes
// returns: artifact (node), value, evaluation (node)
// written: from scripts/queries/resolve/best.cypher
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
WITH artifact, head([value IN [key IN $metric_keys |
  coalesce(
    COLLECT { MATCH (artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r[key] IS NOT NULL RETURN r[key] ORDER BY r._until LIMIT 1 }[0], // optional
    artifact[key])
] WHERE value IS :: INTEGER NOT NULL OR value IS :: FLOAT NOT NULL]) AS own
CALL (artifact, own) {
  WITH artifact, own
  WHERE own IS NULL
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
  WHERE evaluation.create_time <= $on
    AND evaluation.state IN $evidence_states // optional
    AND coalesce(COLLECT { MATCH (evaluation)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], evaluation.state) IN $known_evidence_states // optional
    AND coalesce(evaluation._recorded, evaluation.create_time) <= $known_at // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
  MATCH (kind:Type {id: evaluation.type_id})
  WITH evaluation, event, kind.base_type AS base, last(split(kind.name, '.')) AS name
  WHERE name IN $evaluation_names OR NOT name IN $known_names AND (base = 'mlmd.Metrics'
    OR NOT coalesce(base, '') IN ['mlmd.Dataset', 'mlmd.Model']
    AND any(ending IN $evaluation_endings WHERE rtrim(toLower(name), '0123456789') ENDS WITH ending))
  WITH evaluation, min(coalesce(event.ordinal, 0)) AS ordinal
  WITH evaluation, ordinal,
    head([value IN [key IN $metric_keys |
      coalesce(
        COLLECT { MATCH (evaluation)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r[key] IS NOT NULL RETURN r[key] ORDER BY r._until LIMIT 1 }[0], // optional
        evaluation[key])
    ] WHERE value IS :: INTEGER NOT NULL OR value IS :: FLOAT NOT NULL]) AS value
  WHERE value IS NOT NULL
  ORDER BY coalesce(evaluation.create_time, datetime({epochMillis: 0})) DESC, ordinal DESC, evaluation.id DESC
  LIMIT 1
  RETURN collect({value: value, evaluation: evaluation})[0] AS last
}
WITH artifact, coalesce(own, last.value) AS value, last.evaluation AS evaluation
WHERE value IS NOT NULL AND NOT isNaN(value)
WITH artifact, value, evaluation
ORDER BY CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC,
  artifact.create_time DESC, artifact.id DESC
LIMIT $limit
RETURN artifact {
  _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS artifact, value, CASE WHEN evaluation IS NOT NULL THEN
  evaluation {
    _past: [(evaluation)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  }
END AS evaluation
ORDER BY CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC,
  artifact.create_time DESC, artifact.id DESC;
