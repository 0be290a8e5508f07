{# Times as milliseconds since the epoch, which drivers read many times faster than datetimes. What
   somebody wrote by hand in the place of one stays as it is: `epochMillis` would fail on it. #}

{# The time at which the transaction began, as it is stored. #}
{% set now = 'datetime({epochMillis: datetime.transaction().epochMillis})' %}

{# One time on two lines. #}
{% macro guarded(time) %}
CASE WHEN <<time>> IS :: ZONED DATETIME
  THEN <<time>>.epochMillis ELSE <<time>> END
{%- endmacro %}

{% set of_all = ['create_time', 'last_update_time'] %}
{% set of_executions = ['create_time', 'last_update_time', 'start_time', 'end_time'] %}

{# A map of all that a node says, its `fields` as numbers; with what was changed of it after $known_at, if
   that is given and the query can tell what was known then. #}
{% macro node(name, fields=of_all, past=false) %}
<<name>> {
  .*,
{% if past %}
  _past: [(<<name>>)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
{% endif %}
{% for field in fields %}
  <<field>>: <<guarded(name + '.' + field)>><<'' if loop.last else ','>>
{% endfor %}
}
{%- endmacro %}

{# The same of an artifact, an execution, a context or a type. #}
{% macro of(kind, past=false) %}
{% if kind == 'execution' %}
<<node(kind, of_executions, past)>>
{%- elif kind == 'type' %}
<<node(kind, ['create_time'], past)>>
{%- else %}
<<node(kind, past=past)>>
{%- endif %}
{% endmacro %}

{# What the header of a query says of that. #}
{% macro said() %}
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
{%- endmacro %}
{% macro said_of_rows(kind) %}
<<said()>> A row has a thousand <<kind>>s at most: a
// row costs drivers more than a node does.
{%- endmacro %}

{# A time that somebody gives as milliseconds since the epoch, or does not give. #}
{% macro given(millis) -%}
CASE WHEN <<millis>> IS NULL THEN now ELSE datetime({epochMillis: <<millis>>}) END
{%- endmacro %}

{# The time of an update after one before: it always grows, so that a reader can tell that there was one. #}
{% macro growing(updated) %}
CASE WHEN <<updated>> >= now
  THEN <<updated>> + duration({milliseconds: 1}) ELSE now END
{%- endmacro %}
