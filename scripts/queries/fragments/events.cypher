{% import 'fragments/times.cypher' as times %}
{# Events: which types there are, and what is stored and read of one. #}

{% set every = 'INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT' %}
{% set inputs = 'INPUT|DECLARED_INPUT|INTERNAL_INPUT' %}
{% set outputs = 'OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT' %}
{# What came out of an execution, and was not only chosen by it. #}
{% set made = 'OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT' %}
{# What a picture of a walk shows: all but what was only chosen. #}
{% set drawn = 'INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|PENDING_OUTPUT' %}

{# The fields of an event, of which the path, besides the type, tells it from others:
   - `row` is its value where a row is an event, `column` where a row is all events of a type and path,
     and `n` the place of one in its lists (execution.publish_many);
   - `read` is how it is answered, never as null, which columns leave out; `named` is the column's name;
   - `shared` is said once for all events that say the same, where columns are walked.
     What has none is for the order alone.
   A new field goes last: who reads and writes goes by the order. What imports bring is in source.put_*
   and source.create_executions; lineage.subgraph_* and lineage.producers answer path and time alone. #}
{% set fields = [
  {'name': 'path', 'read': 'coalesce(event.path, [])', 'named': 'paths', 'shared': true},
  {'name': 'time', 'row': times.given('row.time'), 'column': times.given('row[5][n]'),
   'read': 'coalesce(' + times.guarded('event.time') + ', 0)', 'named': 'times'},
  {'name': 'ordinal', 'row': 'row.ordinal', 'column': 'row[4][n]'},
] %}

{# What a new event gets: below a CREATE, and as its properties. #}
{% macro stored() %}
{% for field in fields | selectattr('row', 'defined') %}
event.<<field.name>> = <<field.row>><<'' if loop.last else ', '>>
{%- endfor %}
{% endmacro %}
{% macro stored_of_columns() %}
{% for field in fields | selectattr('column', 'defined') %}
<<field.name>>: <<field.column>><<'' if loop.last else ', '>>
{%- endfor %}
{% endmacro %}

{# What is read of an event, after its type: a list of one, columns of many, and columns with names. #}
{% macro read() %}
{% for field in fields | selectattr('read', 'defined') %}
<<field.read>><<'' if loop.last else ', '>>
{%- endfor %}
{% endmacro %}
{% macro columns() %}
{% for field in fields | selectattr('read', 'defined') | rejectattr('shared', 'defined') %}
collect(<<field.read>>)<<'' if loop.last else ',\n'>>
{%- endfor %}
{% endmacro %}
{% macro shared() %}
{% for field in fields | selectattr('shared', 'defined') %}
<<field.read>> AS <<field.name>><<'' if loop.last else ', '>>
{%- endfor %}
{% endmacro %}
{% macro shared_names() %}
<<fields | selectattr('shared', 'defined') | map(attribute='name') | join(', ')>>
{%- endmacro %}
{% macro named_columns() %}
{% for field in fields | selectattr('read', 'defined') %}
collect(<<field.read>>) AS <<field.named>><<'' if loop.last else ',\n'>>
{%- endfor %}
{% endmacro %}

{# An event on the way of a walk. Events point the way the data flows: upstream is against them. #}
{% macro along(way, pattern='event:' + every) %}
<<'<-' if way == 'upstream' else '-'>>[<<pattern>>]<<'->' if way == 'downstream' else '-'>>
{%- endmacro %}

{# An event between an artifact and an execution, the way the data flows. #}
{% macro between(side, pattern) %}
{% if side == 'inputs' %}
(artifact)-[<<pattern>>]->(execution)
{%- else %}
(execution)-[<<pattern>>]->(artifact)
{%- endif %}
{% endmacro %}
