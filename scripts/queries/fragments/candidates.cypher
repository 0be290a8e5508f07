{# Which artifacts come into question as a start (`store.resolve`). #}

{# The way in: the smallest of some contexts, or all artifacts of the type by an index. #}
{% macro enter() %}
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
{%- endmacro %}

{# What costs little is tested first; that ids are not null lets the index serve. #}
{% macro cheap(id='artifact.id IS NOT NULL') %}
WHERE artifact.type = $type AND artifact.create_time <= $as_of<<' AND ' + id if id else ''>>
  AND artifact._deleted IS NULL
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
{%- endmacro %}

{# The rest. #}
{% macro dear() %}
AND all(id IN $context_ids WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: id}) }) // optional
AND all(wanted IN $either_values WHERE any(key IN wanted.keys WHERE artifact[key] = wanted.value)) // optional
AND (NOT $produced OR EXISTS {
  MATCH (artifact)<-[:OUTPUT]-(producer:Execution)
  WHERE producer.create_time <= $as_of
    AND producer.type = $producer // optional
    AND all(id IN $context_ids WHERE EXISTS { (producer)-[:ASSOCIATED_WITH]->(:Context {id: id}) }) // optional
})
{%- endmacro %}

{# The newest first; the type is named so that the index of types and times serves. #}
{% macro newest_first() %}
ORDER BY artifact.type DESC, artifact.create_time DESC, artifact.id DESC
{%- endmacro %}

{# Who read a candidate, and speaks of it: in one of $roles, or no other of its type. #}
{% macro reader() %}
MATCH (artifact)-[read:INPUT]->(reader:Execution)
WHERE reader.create_time <= $as_of AND (read.path[0] IN $roles
  OR $alone AND COUNT { MATCH (other:Artifact)-[:INPUT]->(reader) WHERE other.type = $type RETURN DISTINCT other } = 1)
{%- endmacro %}

{# Span and version of a candidate: whole numbers, be they texts; without a version it is 0. #}
{% macro spans() %}
WITH artifact, [keys IN [$span_keys, $version_keys] | head([number IN [key IN keys | CASE
    WHEN artifact[key] IS :: INTEGER NOT NULL THEN artifact[key]
    WHEN artifact[key] IS :: STRING NOT NULL AND artifact[key] =~ '\\s*[+-]?[0-9]{1,18}\\s*' THEN toInteger(trim(artifact[key]))
  END] WHERE number IS NOT NULL])] AS numbers
WITH artifact, numbers[0] AS span, coalesce(numbers[1], 0) AS version
WHERE span IS NOT NULL
{%- endmacro %}
