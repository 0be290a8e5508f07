// The artifacts of a type with the largest spans, the smallest of these first.
//
// The candidates are those of resolve.latest. A span and a version are whole numbers: the first of
// $span_keys, and of $version_keys, that holds one, be it as a text; without a version it is 0, and
// without a span the artifact is no candidate.
//
// $skip of the largest spans are passed over, and $limit spans are taken. Of each it is the
// artifact with the largest version or, of these, the last created; or all, the best last.
//
// access:  read
// returns: artifact (node), span
// written: from scripts/queries/resolve/latest_spans.cypher
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
WHERE artifact.type = $type AND artifact.create_time <= $as_of AND artifact.id IS NOT NULL
  AND artifact._deleted IS NULL
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
  AND all(id IN $context_ids WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: id}) }) // optional
  AND all(wanted IN $either_values WHERE any(key IN wanted.keys WHERE artifact[key] = wanted.value)) // optional
  AND (NOT $produced OR EXISTS {
    MATCH (artifact)<-[:OUTPUT]-(producer:Execution)
    WHERE producer.create_time <= $as_of
      AND producer.type = $producer // optional
      AND all(id IN $context_ids WHERE EXISTS { (producer)-[:ASSOCIATED_WITH]->(:Context {id: id}) }) // optional
  })
WITH artifact, [keys IN [$span_keys, $version_keys] | head([number IN [key IN keys | CASE
    WHEN artifact[key] IS :: INTEGER NOT NULL THEN artifact[key]
    WHEN artifact[key] IS :: STRING NOT NULL AND artifact[key] =~ '\\s*[+-]?[0-9]{1,18}\\s*' THEN toInteger(trim(artifact[key]))
  END] WHERE number IS NOT NULL])] AS numbers
WITH artifact, numbers[0] AS span, coalesce(numbers[1], 0) AS version
WHERE span IS NOT NULL
  AND span >= $min_span // optional
WITH artifact, span, version
ORDER BY version, artifact.create_time, artifact.id
WITH span, collect(artifact) AS versions
ORDER BY span DESC
SKIP $skip
LIMIT $limit
WITH span, CASE WHEN $keep_all_versions THEN versions ELSE versions[-1..] END AS kept
UNWIND range(0, size(kept) - 1) AS place
RETURN kept[place] AS artifact, span
ORDER BY span, place;
