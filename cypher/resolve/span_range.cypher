// The artifacts of a type with spans from one number to another, the smallest first.
//
// The candidates are those of resolve.latest. A span and a version are whole numbers: the first of
// $span_keys, and of $version_keys, that holds one, be it as a text; without a version it is 0, and
// without a span the artifact is no candidate.
//
// $window counts span numbers back from the largest span that there is. Of each span it is the artifact
// with the largest version or, of these, the one created first; or all, in the order of versions.
//
// access:  read
// as_of:   yes
// returns: artifact (node), span
// written: from scripts/queries/resolve/span_range.cypher
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
WITH artifact, [keys IN [$span_keys, $version_keys] | [key IN keys |
  coalesce(
    COLLECT { MATCH (artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r[key] IS NOT NULL RETURN r[key] ORDER BY r._until LIMIT 1 }[0], // optional
    artifact[key])
]] AS said
WITH artifact, [values IN said | head([number IN [value IN values | CASE
    WHEN value IS :: INTEGER NOT NULL THEN value
    WHEN value IS :: STRING NOT NULL AND value =~ '\\s*[+-]?[0-9]{1,18}\\s*' THEN toInteger(trim(value))
  END] WHERE number IS NOT NULL])] AS numbers
WITH artifact, numbers[0] AS span, coalesce(numbers[1], 0) AS version
WHERE span IS NOT NULL
  AND span >= $first_span // optional
  AND span <= $last_span // optional
WITH artifact, span, version
ORDER BY version, artifact.create_time, artifact.id
WITH span, collect({artifact: artifact, version: version}) AS versions
WITH max(span) AS newest, collect({span: span, versions: versions}) AS spans
UNWIND spans AS one
WITH one.span AS span, one.versions AS versions, newest
WHERE true
  AND span > newest - $window // optional
WITH span, CASE WHEN $keep_all_versions THEN versions ELSE [one IN versions WHERE one.version = versions[-1].version][..1] END AS kept
UNWIND range(0, size(kept) - 1) AS place
WITH span, place, kept[place].artifact AS artifact
RETURN artifact {
  _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS artifact, span
ORDER BY span, place;
