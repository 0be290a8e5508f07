{% import 'fragments/times.cypher' as times %}
{% import 'fragments/revisions.cypher' as revisions %}
{# The nodes of a stretch of ids. #}
{% macro stretch(kind) %}
MATCH (<<kind>>:<<kind | capitalize>>)
WHERE $first_id <= <<kind>>.id <= $last_id
{%- endmacro %}

{# Edges as tables have them. One that has no time of its own was recorded with the later of its ends. #}
{% macro edges(one, other, columns, order) %}
WITH <<one>>, edge, <<other>>, CASE
    WHEN <<revisions.recorded(one)>> > <<revisions.recorded(other)>>
    THEN <<one>> ELSE <<other>> END AS later
WITH *, coalesce(edge._recorded, later._recorded, later.create_time) AS recorded
ORDER BY <<order>>
WITH collect([
  <<columns>>,
  <<times.guarded('recorded')>>,
  CASE WHEN edge._recorded IS NULL THEN later._by ELSE edge._by END
]) AS edges
UNWIND range(0, size(edges) - 1, 1000) AS first
RETURN edges[first..first + 1000] AS edges;
{%- endmacro %}
