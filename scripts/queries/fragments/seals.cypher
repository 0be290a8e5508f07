{# What seals are made of and compared with; and who makes one. #}

{# All that a node says, but for what moves without a trace. It is read before what it said before: who
   changes the node meanwhile leaves a revision that says the same. #}
{% macro said() -%}
WITH node, labels(node) AS labels, node {.*, last_update_time: null} AS properties
{%- endmacro %}

{# What a node said before. #}
{% macro said_before() -%}
COLLECT { MATCH (node)<-[:REVISION_OF]-(revision:Revision) RETURN properties(revision) } AS revisions
{%- endmacro %}

{# What an edge says, and its time as a text, which is read much faster. #}
{% macro said_of_edge() -%}
edge {.*, time: CASE WHEN edge.time IS :: ZONED DATETIME THEN null ELSE edge.time END}
{%- endmacro %}
{% macro time_of_edge() -%}
CASE WHEN edge.time IS :: ZONED DATETIME THEN toString(edge.time) END
{%- endmacro %}

{# Go on only if nobody else has begun to seal, and be heard of. #}
{% macro ours() %}
MATCH (sealing:GraphstoreSealing {token: $token})
SET sealing.time = datetime.realtime()
WITH sealing
{%- endmacro %}
