{% import 'fragments/revisions.cypher' as revisions %}
{# Which artifacts come into question as a start (`store.resolve`). #}

{# The way in: the smallest of some contexts, or all artifacts of the type by an index. #}
{% macro enter() %}
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
{%- endmacro %}

{# What costs little is tested first; that ids are not null lets the index serve. #}
{% macro cheap(id='artifact.id IS NOT NULL') %}
WHERE artifact.type = $type AND artifact.create_time <= $on<<' AND ' + id if id else ''>>
  AND artifact._deleted IS NULL
  <<revisions.known('artifact')>>
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
  AND <<revisions.said_then('artifact', '.state')>> IN $known_states // optional
{%- endmacro %}

{# The rest. #}
{% macro dear() %}
AND all(id IN $context_ids WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: id}) }) // optional
AND all(id IN $context_ids WHERE EXISTS { (artifact)-[edge:ATTRIBUTED_TO]->({id: id}) WHERE coalesce(edge._recorded, $known_at) <= $known_at }) // optional
AND all(wanted IN $either_values WHERE any(key IN wanted.keys WHERE artifact[key] = wanted.value)) // optional
AND all(one IN $known_values WHERE one.value IN [k IN one.keys | <<revisions.said_then('artifact', '[k]')>>]) // optional
AND (NOT $produced OR EXISTS {
  MATCH (artifact)<-[event:<<revisions.events_then('OUTPUT')>>-(producer:Execution)
  WHERE producer.create_time <= $on
    <<revisions.known('producer')>>
    <<revisions.event_known('event')>>
    AND producer.type = $producer // optional
    AND all(id IN $context_ids WHERE EXISTS { (producer)-[:ASSOCIATED_WITH]->(:Context {id: id}) }) // optional
    AND all(id IN $context_ids WHERE EXISTS { (producer)-[edge:ASSOCIATED_WITH]->({id: id}) WHERE coalesce(edge._recorded, $known_at) <= $known_at }) // optional
})
{%- endmacro %}

{# Of all that is left the first ones. Under another name, or else the order would be that of the maps of the
   answer, and they would be sorted once more. #}
{% macro first(more='') %}
WITH artifact AS node<<more>>
<<newest_first('node')>>
LIMIT $limit
RETURN <<answer('node')>> AS artifact<<more>>
<<newest_first('node')>>;
{%- endmacro %}

{# The newest first; the type is named so that the index of types and times serves. #}
{% macro newest_first(artifact='artifact') %}
ORDER BY <<artifact>>.type DESC, <<artifact>>.create_time DESC, <<artifact>>.id DESC
{%- endmacro %}

{# Who read a candidate, and speaks of it: in one of $roles, or no other of its type. #}
{% macro reader() %}
MATCH (artifact)-[read:<<revisions.events_then('INPUT')>>->(reader:Execution)
WHERE reader.create_time <= $on
  <<revisions.known('reader')>>
  <<revisions.event_known('read')>>
  AND (read.path[0] IN $roles OR $alone AND COUNT {
    MATCH (other:Artifact)-[event:<<revisions.events_then('INPUT')>>->(reader)
    WHERE other.type = $type
      <<revisions.event_known('event')>>
    RETURN DISTINCT other
  } = 1)
{%- endmacro %}

{# What speaks for a candidate says so: the first of the keys that it has holds one of the values, or it has none
   and unsaid is one. #}
{% macro speaks(approval) %}
coalesce(head([value IN [key IN <<approval>>.keys |
  <<revisions.then('made', '[key]')>>
] WHERE value <> [false]]), <<approval>>.unsaid) IN <<approval>>.values
{%- endmacro %}

{# Whether an artifact that speaks for a candidate counts: by its state, and whether it was known. #}
{% macro counts(made) %}
AND <<made>>.state IN $evidence_states // optional
AND <<revisions.said_then(made, '.state')>> IN $known_evidence_states // optional
<<revisions.known(made)>>
{%- endmacro %}

{# An artifact of the answer, and several. #}
{% macro answer(artifact) %}
<<revisions.node(artifact)>>
{%- endmacro %}

{# Span and version of a candidate: whole numbers, be they texts; without a version it is 0. #}
{% macro spans() %}
WITH artifact, [keys IN [$span_keys, $version_keys] | [key IN keys |
  <<revisions.then('artifact', '[key]')>>
]] AS said
WITH artifact, [values IN said | head([number IN [value IN values | CASE
    WHEN value IS :: INTEGER NOT NULL THEN value
    WHEN value IS :: STRING NOT NULL AND value =~ '\\s*[+-]?[0-9]{1,18}\\s*' THEN toInteger(trim(value))
  END] WHERE number IS NOT NULL])] AS numbers
WITH artifact, numbers[0] AS span, coalesce(numbers[1], 0) AS version
WHERE span IS NOT NULL
{%- endmacro %}
