{% import 'fragments/revisions.cypher' as revisions %}
{# Archives: what goes with a node, and how it comes back. An edge goes with that of its two ends which is
   exported first, in the order of `parts`; of two ends of one kind it is the one that it leads from. #}
{% set parts = ['artifact', 'execution', 'context', 'type'] %}
{% macro before(part) -%}
<<parts[:parts.index(part)] | map('capitalize') | join('|')>>
{%- endmacro %}

{# Edges of any type are written [*1..1]: for [edge] the planner of a young database may scan all that
   there are, for each node. #}

{# That a node has no other edge than one. It is asked of what is no node of the model alone: of a context it
   would take as long as that has members. #}
{% macro hangs(other) -%}
NOT EXISTS { MATCH (<<other>>)-[more*1..1]-() WHERE head(more) <> edge }
{%- endmacro %}

{# The edges that go with a node, and the nodes that hang on it. #}
{% macro edges(part, if=none) %}
MATCH (node)-[edges*1..1]-(other)
WHERE (NOT other:<<part | capitalize>> OR startNode(head(edges)) = node)
{% if part != 'artifact' %}
  AND NOT other:<<before(part)>>
{% endif %}
{% if if %}
  AND <<if>>
{% endif %}
WITH node, head(edges) AS edge, other,
  CASE WHEN other:Execution THEN 'execution' WHEN other:Context THEN 'context'
    WHEN other:Artifact THEN 'artifact' WHEN other:Type THEN 'type' END AS kind
WHERE (kind IS NOT NULL OR <<hangs('other')>>)
  <<revisions.edge_known('edge')>>
  AND (kind IS NULL OR <<revisions.recorded('other')>> <= $known_at) // optional
{%- endmacro %}
{% macro edge_columns() %}
[
  type(edge), startNode(edge) = node, properties(edge), kind,
  CASE WHEN kind IS NULL THEN [labels(other), properties(other)] ELSE other.id END
]
{%- endmacro %}

{# The edges of new nodes; `nodes` are these nodes, and rows are [place there, id of the other end, type,
   properties]. #}
{% macro new_edges(part) %}
{% for other in parts[parts.index(part) + 1:] %}
CALL (nodes) {
  UNWIND $edges.<<other>>_to AS row
  WITH nodes[row[0]] AS node, row
  MATCH (other:<<other | capitalize>> {id: row[1]})
  CREATE (node)-[edge:$(row[2])]->(other)
  SET edge = row[3]
  RETURN count(*) AS <<other>>_to
}
CALL (nodes) {
  UNWIND $edges.<<other>>_from AS row
  WITH nodes[row[0]] AS node, row
  MATCH (other:<<other | capitalize>> {id: row[1]})
  CREATE (node)<-[edge:$(row[2])]-(other)
  SET edge = row[3]
  RETURN count(*) AS <<other>>_from
}
{% endfor %}
{%- endmacro %}
{% macro edge_sum(part) -%}
{% for other in parts[parts.index(part) + 1:] %}<<other>>_to + <<other>>_from + {% endfor %}0
{%- endmacro %}

{# Whether an edge of a row is there: [.., .., type, properties]. An artifact may have very many edges, and
   an execution has few: it is looked for from there. #}
{% macro is_there(part, other, left, right) %}
CALL (node, other, row) {
{% if other == 'execution' and part == 'artifact' %}
  MATCH (other)<<'<-' if right == '->' else '-'>>[same*1..1]<<'->' if left == '<-' else '-'>>(end)
  WITH head(same) AS same, end, node AS far, row
{% else %}
  MATCH (node)<<left>>[same*1..1]<<right>>(end)
  WITH head(same) AS same, end, other AS far, row
{% endif %}
  WHERE end = far AND type(same) = row[2] AND coalesce(same.path, []) = coalesce(row[3].path, [])
    AND coalesce(same._until = row[3]._until, row[3]._until IS NULL) // of events that were taken back
  RETURN count(*) > 0 AS is_there
}
{%- endmacro %}

{# What hangs on `node` of a row: [.., labels, properties, type and properties of the edge]. #}
{% macro hang(node, arrow) %}
CREATE (other:$(row[1]))
SET other = row[2]
{% if arrow == 'to' %}
CREATE (<<node>>)-[edge:$(row[3])]->(other)
{% else %}
CREATE (<<node>>)<-[edge:$(row[3])]-(other)
{% endif %}
SET edge = row[4]
{%- endmacro %}
