{# What a node logged, a node a metric: rows of the series to store - of each metric and key all of it - beside
   what is stored of them. By grouping, which goes once through all that the node has logged; to MERGE a row
   would go through it for each. Of rows of one metric and key the last counts; the node must be locked. #}
{% macro beside_stored(node, rows, series='row') %}
CALL (<<node>>, <<rows>>) {
  UNWIND <<rows>> AS row
  RETURN <<series>>.metric AS metric, <<series>>.key AS key, row, null AS stored
  UNION ALL
  MATCH (<<node>>)-[:LOGGED]->(stored:GraphstoreSeries)
  RETURN stored.metric AS metric, stored.key AS key, null AS row, stored
}
WITH <<node>>, metric, key, last(collect(row)) AS row, head(collect(stored)) AS stored
WHERE row IS NOT NULL
{%- endmacro %}

{# Store them. #}
{% macro put(node, rows) %}
CALL (<<node>>, <<rows>>) {
  WITH * WHERE size(<<rows>>) > 0
  <<beside_stored(node, rows)>>
  FOREACH (_ IN CASE WHEN stored IS NULL THEN [1] ELSE [] END |
    CREATE (<<node>>)-[:LOGGED]->(series:GraphstoreSeries)
    SET series = row
  )
  SET stored = row
  RETURN count(*) AS logged
}
{%- endmacro %}

{# What is known of a series beside its points; when its last was said. #}
{% macro summary() %}
series.metric AS metric, series.key AS key, series.count AS count, series.first AS first,
  series.last AS last, series.min AS min, series.max AS max, series.times[-1] AS time
{%- endmacro %}
