{% import 'fragments/times.cypher' as times %}
{# Nodes: how they are found, created, and answered. #}

{# By their ids, as `id`; or by the ids that others gave them. #}
{% macro by_id(kind) %}
UNWIND $<<kind>>_ids AS id
MATCH (<<kind>>:<<kind | capitalize>> {id: id})
{%- endmacro %}
{% macro by_external_id(kind) %}
UNWIND $external_ids AS external_id
MATCH (<<kind>>:<<kind | capitalize>> {external_id: external_id})
{%- endmacro %}

{# The same, locked until the transaction ends; in the order of the ids that are asked for. #}
{% macro locked(kind) %}
<<by_id(kind)>>
SET <<kind>>.id = <<kind>>.id
{%- endmacro %}

{# What a node gets that was not there yet, below a MERGE. #}
{% macro on_create(name, now='datetime({epochMillis: datetime.transaction().epochMillis})') %}
ON CREATE SET <<name>>:$(row.label), <<name>> += row.properties,
  <<name>>.create_time = <<now>>,
  <<name>>.last_update_time = <<now>>,
  <<name>>._by = $by
{%- endmacro %}

{# New nodes of a batch, unless an attempt whose answer was lost made them. #}
{% macro created(kind) %}
CALL (now) {
  UNWIND $<<kind>>s AS row
  MERGE (<<kind>>:<<kind | capitalize>> {id: row.id})
    <<on_create(kind, 'now')>>
  RETURN count(*) AS <<kind>>s
}
{%- endmacro %}

{# The contexts of an execution that is published, created unless they are there. #}
{% macro contexts(name='contexts', rows='$contexts') %}
CALL (now) {
  UNWIND <<rows>> AS row
  MERGE (context:Context {type_id: row.type_id, name: row.name})
    <<on_create('context', 'now')>>
  RETURN collect(context) AS <<name>>
}
{%- endmacro %}

{# The artifacts that are there, locked. #}
{% macro existing() %}
CALL () {
  <<locked('artifact')>>
  RETURN collect(artifact) AS existing
}
{%- endmacro %}

{# In rows of a thousand, since a row costs drivers more than a node does; in the order that they have. #}
{% macro rows(kind, past=false) %}
WITH collect(<<kind>>) AS <<kind>>s
UNWIND range(0, size(<<kind>>s) - 1, 1000) AS first
RETURN [<<kind>> IN <<kind>>s[first..first + 1000] |
  <<times.of(kind, past)>>
] AS <<kind>>s;
{%- endmacro %}

{# The nodes of a row, `chunk`, as columns: those that have the same keys together, and of those of `both` kinds
   on which walks go those of one kind. #}
{% macro columns(both=false) %}
CALL (chunk) {
  UNWIND range(0, size(chunk) - 1) AS place
  WITH place, chunk[place] AS node
  WITH place, <<'node:Artifact AS is_artifact, ' if both else ''>>node {
    .*,
    _past: [(node)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    id: node.id
  } AS row
  WITH <<'is_artifact, ' if both else ''>>keys(row) AS keys, collect(place) AS places, collect(row) AS rows
  RETURN collect([
    <<'is_artifact, ' if both else ''>>places, keys,
    [key IN keys |
      CASE WHEN key IN <<times.of_executions | string>>
        THEN [row IN rows | <<times.guarded('row[key]')>>]
        ELSE [row IN rows | row[key]] END]
  ]) AS nodes
}
{%- endmacro %}

{# The same, ordered by id. #}
{% macro rows_by_id(kind, past=false, limited=false) %}
WITH <<kind>>
ORDER BY <<kind>>.id
{% if limited %}
LIMIT $limit // optional
{% endif %}
<<rows(kind, past)>>
{%- endmacro %}

{# All in one row. #}
{% macro row(kind, past=false) %}
RETURN <<list(kind, past)>> AS <<kind>>s;
{%- endmacro %}
{% macro row_by_id(kind, past=false) %}
WITH <<kind>>
ORDER BY <<kind>>.id
<<row(kind, past)>>
{%- endmacro %}
{% macro list(kind, past=false) %}
collect(
  <<times.of(kind, past)>>
)
{%- endmacro %}

{# As a part of a larger answer: the nodes of a list. #}
{% macro in_list(kind, nodes, fields=times.of_all) %}
[<<kind>> IN <<nodes>> | <<times.node(kind, fields)>>]
{%- endmacro %}

{# As much of a node as tells it from another one. #}
{% macro recorded(node) %}
[
  <<node>>.id, <<node>>.type,
  <<recorded_at(node)>>
]
{%- endmacro %}
{% macro recorded_at(node) -%}
CASE WHEN <<node>>.create_time IS :: ZONED DATETIME THEN <<node>>.create_time.epochMillis END
{%- endmacro %}

{# Whether a node may be the one that was recorded at a time: as far as both times are known. #}
{% macro recorded_then(node, time) -%}
NOT coalesce(<<recorded_at(node)>> <> <<time>>, false)
{%- endmacro %}
