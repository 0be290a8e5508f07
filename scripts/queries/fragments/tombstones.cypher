{# Tombstones: nodes that were deleted, of which labels, ids, type, times and edges are left. #}

{# True of what was not deleted, and of null. For a tombstone the query fails, so that all that it wrote is
   undone: Cypher has no way to say that, but tells of a text that is no date (graphstore/database/failures.py). #}
{% macro refused(name, kind) -%}
CASE WHEN <<name>>._deleted IS NULL THEN true
  ELSE date('graphstore tombstone: <<kind>> ' + <<name>>.id + ' ' + <<deletion(name)>>) IS NOT NULL
END
{%- endmacro %}

{# When, by whom and why something was deleted. #}
{% macro deletion(name) -%}
'deleted ' + left(toString(<<name>>._deleted), 10)
    + coalesce(' by ' + <<name>>._deleted_by, '') + coalesce(': ' + <<name>>._deleted_why, '')
{%- endmacro %}

{# The events of what was made, and those of what was read. #}
{% set made = 'OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT' %}
{% set read = 'INPUT|DECLARED_INPUT|INTERNAL_INPUT' %}

{# All that stays of `before`, and what is said of the deletion. That an execution only passed things on
   stays: else lineage would take it for who made them. #}
{% macro left_of(before, why='$reason') %}
<<before>> {
  .id, .type, .type_id, .type_version, .external_id, .source, .source_id, .create_time, .last_update_time,
  .start_time, .end_time, ._by, ._recorded, ._since, ._erased,
  state: CASE <<before>>.state WHEN 'CACHED' THEN 'CACHED' END,
  _deleted: now, _deleted_by: $by, _deleted_why: <<why>>
}
{%- endmacro %}

{# One deletion at a time, each within a lease that it renews with every transaction: of one whose process died
   it soon ends. There is no row for whoever does not hold it any more. #}
{% macro holding() %}
MATCH (lease:GraphstoreLease {name: 'deletion'})
SET lease.name = lease.name
WITH lease, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
WHERE lease.holder = $holder
SET lease.until = datetime({epochMillis: datetime.realtime().epochMillis + $lease_seconds * 1000})
WITH now
{%- endmacro %}

{# What hangs on a node and says what it said: its revisions and its series. #}
{% macro unhang(node) %}
CALL (<<node>>) {
  MATCH (<<node>>)-[:REVISION_OF|LOGGED]-(hanging:Revision|GraphstoreSeries)
  DETACH DELETE hanging
}
{%- endmacro %}

{# The nodes that are to go, locked. #}
{% macro going(kind) %}
MATCH (node:<<kind | capitalize>> WHERE node.id IN $ids)
SET node.id = node.id
{%- endmacro %}

{# Whether a text, or a list of texts, has one of $words in it. #}
{% macro has_words(value) -%}
any(word IN $words WHERE CASE
    WHEN <<value>> IS :: STRING NOT NULL THEN <<value>> CONTAINS word
    WHEN <<value>> IS :: LIST<STRING NOT NULL> NOT NULL THEN any(text IN <<value>> WHERE text CONTAINS word)
    ELSE false END)
{%- endmacro %}

{# Write over what some nodes or edges say, unless it was changed since it was read. #}
{% macro over(pattern) %}
<<holding()>>
CALL (now) {
  UNWIND $erasures AS row
  MATCH <<pattern>>
  WHERE elementId(thing) = row.element_id AND all(key IN keys(row.before) WHERE thing[key] = row.before[key])
  SET thing += row.after, thing._erased = now
  RETURN collect(thing) AS things
}
{%- endmacro %}

{# Tell beside the graph what was erased, and never what it said: nodes of one kind by their ids, or edges of
   one type by the ids of both ends. #}
{% macro told(kind='kind', edge="''") %}
CREATE (erasure:GraphstoreErasure {_recorded: now, kind: <<kind>>, ids: ids, edge: <<edge>>})
SET erasure._by = $by, erasure._why = $reason
{%- endmacro %}
