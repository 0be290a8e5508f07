{% import 'fragments/metrics.cypher' as metrics %}
{% import 'fragments/revisions.cypher' as revisions %}
{# Runs of pipelines: which there are, the newest first, and what their steps made. #}

{# The contexts of the types of runs, each type's in the order of its index, so that no more are looked at than
   a page has, and those that a condition leaves out. #}
{% macro newest(beside='', if='') %}
UNWIND $types AS type
CALL (type<<', ' + beside if beside else ''>>) {
  MATCH (context:Context {type: type})
  USING INDEX SEEK context:Context(type, create_time, id) // index
  WHERE <<if or 'true'>>
    AND context.create_time IS NOT NULL AND context.id IS NOT NULL
    <<revisions.known('context')>>
    AND coalesce(context._deleted > $deleted_after, true)
    AND true // filter
    AND context.id > $after_id // page
  WITH context
  ORDER BY context.type DESC, context.create_time DESC, context.id DESC
  LIMIT $limit
  RETURN context
}
<<page()>>
{%- endmacro %}
{% macro page() %}
WITH context
ORDER BY context.create_time DESC, context.id DESC
LIMIT $limit
RETURN context.id AS id, context.create_time AS create_time
{%- endmacro %}

{# A context belongs to the pipeline as its child, or because a step of it does. #}
{% macro is_of_pipeline() %}
(EXISTS {
    MATCH (context)-[edge:CHILD_OF]->(pipeline)
    WHERE true
      <<revisions.edge_known('edge')>>
  } OR EXISTS {
    MATCH (pipeline)<-[edge:ASSOCIATED_WITH]-(step:Execution)-[other:ASSOCIATED_WITH]->(context)
    WHERE true
      <<revisions.known('step')>>
      <<revisions.edge_known('edge')>>
      <<revisions.edge_known('other')>>
  })
{%- endmacro %}

{# The same from the pipeline. #}
{% macro of_pipeline(run) %}
CALL () {
  MATCH (:Context {id: $context_id})<-[edge:CHILD_OF]-(<<run>>:Context)
  WHERE <<run>>.type IN $types
    <<revisions.known(run)>>
    <<revisions.edge_known('edge')>>
  RETURN <<run>>
  UNION
  MATCH (:Context {id: $context_id})<-[edge:ASSOCIATED_WITH]-(step:Execution)-[other:ASSOCIATED_WITH]->(<<run>>:Context)
  WHERE <<run>>.type IN $types
    <<revisions.known(run)>>
    <<revisions.known('step')>>
    <<revisions.edge_known('edge')>>
    <<revisions.edge_known('other')>>
  RETURN <<run>>
}
{%- endmacro %}

{# Of what the steps of a run made or passed on, the last recorded last, the keys that hold a number. #}
{% macro numbers(run) %}
CALL (<<run>>) {
  <<metrics.of_run(run, 'made')>>
  WITH made, own, ordinal, <<revisions.changes_of('made')>>
  WITH made, own, ordinal, past, reduce(all = keys(made), r IN past | all + [key IN keys(r) WHERE NOT key IN all]) AS keys
  WITH made, own, ordinal, [pair IN [key IN keys WHERE NOT key IN ['id', 'type_id', 'source_id']
      | [key, coalesce(head([r IN past WHERE r[key] IS NOT NULL | r[key]]), made[key])]]
    WHERE <<metrics.number('pair[1]')>> | pair] AS pairs
  WHERE size(pairs) > 0
  ORDER BY coalesce(made.create_time, datetime({epochMillis: 0})), ordinal, made.id
  RETURN collect({own: own, pairs: pairs, create_time: CASE
    WHEN made.create_time IS :: ZONED DATETIME THEN made.create_time.epochMillis END}) AS numbers
}
{%- endmacro %}
