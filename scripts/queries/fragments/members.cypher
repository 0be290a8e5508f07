{% import 'fragments/revisions.cypher' as revisions %}
{# What belongs to contexts: artifacts (attributions) and executions (associations). #}
{% macro belongs(member) %}
<<{'artifact': 'ATTRIBUTED_TO', 'execution': 'ASSOCIATED_WITH'}[member]>>
{%- endmacro %}
{% macro of(belonging) %}
<<{'attributions': 'artifact', 'associations': 'execution'}[belonging]>>
{%- endmacro %}

{# An artifact or an execution belongs to a context, if it does not yet; below its match. #}
{% macro joins(member) %}
WHERE NOT EXISTS { (<<member>>)-[:<<belongs(member)>>]->(context) }
CREATE (<<member>>)-[edge:<<belongs(member)>>]->(context)
SET <<revisions.joined('edge', member, 'context')>>
{%- endmacro %}
