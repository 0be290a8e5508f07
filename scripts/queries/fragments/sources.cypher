{# Imports: one of a source at a time. #}
{% macro locked() %}
MATCH (source:GraphstoreSource {name: $source})
SET source.name = source.name
{%- endmacro %}

{# Whether the source has as many nodes of some ids as the writer knows of, and the contexts in order. #}
{% macro unless_others_wrote(member) %}
<<locked()>>
WITH source
CALL (source) {
  MATCH (<<member>>:<<member | capitalize>> {source: $source})
  WHERE $first_id <= <<member>>.source_id <= $last_id
  RETURN count(*) AS known
}
WITH known WHERE known = coalesce($known, known)
CALL () {
  UNWIND $context_ids AS id
  OPTIONAL MATCH (context:Context {id: id})
  RETURN collect([context]) AS contexts
}
{%- endmacro %}

{# A new node just as its source has it, times and all; when it was recorded here is besides. #}
{% macro created(kind) %}
UNWIND $rows AS row
CREATE (<<kind>>:<<kind | capitalize>>:$(row.label))
SET <<kind>> = row.properties,
  <<kind>>.create_time = datetime({epochMillis: row.create_time}),
  <<kind>>.last_update_time = datetime({epochMillis: row.last_update_time}),
  <<kind>>._recorded = datetime({epochMillis: datetime.transaction().epochMillis}),
  <<kind>>._by = $by
{%- endmacro %}
