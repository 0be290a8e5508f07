{# What belongs to contexts: artifacts (attributions) and executions (associations). #}
{% macro belongs(member) %}
<<{'artifact': 'ATTRIBUTED_TO', 'execution': 'ASSOCIATED_WITH'}[member]>>
{%- endmacro %}
{% macro of(belonging) %}
<<{'attributions': 'artifact', 'associations': 'execution'}[belonging]>>
{%- endmacro %}
