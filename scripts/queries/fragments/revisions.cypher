{% import 'fragments/events.cypher' as events %}
{% import 'fragments/tombstones.cypher' as tombstones %}
{# What a node said before it was changed: a Revision of it, which has the properties that differed as they
   were until then - `[false]`, which no property is, for one that was not there - and who changed them.

   When a node was recorded is in `_recorded`, where that is not its create_time (of imports, which have
   their source's), and who recorded it in `_by`; `_since` is when it was changed last. #}

{# The keys that are about a node rather than said by it. #}
{% set beside = "['_by', '_recorded', '_since', '_erased']" %}
{% set lasting = "['id', 'create_time', 'last_update_time', '_by', '_recorded', '_since', '_erased']" %}

{# The edges of the graph. #}
{% set edges = events.every + '|ATTRIBUTED_TO|ASSOCIATED_WITH|CHILD_OF' %}

{# The same, with the events that were taken back: those were recorded, too. As what it was recorded is `was`. #}
{% set recorded_edges = edges + '\n  |RETRACTED_INPUT|RETRACTED_OUTPUT' %}
{% set recorded_types = (edges + '|RETRACTED_INPUT|RETRACTED_OUTPUT').split('|') %}
{% macro was(edge) -%}
replace(type(<<edge>>), 'RETRACTED_', '')
{%- endmacro %}

{# Edges of some types, by when that was which a key says. #}
{% macro edges_when(types, key) %}
{% for type in types %}
MATCH (one)-[edge:<<type>>]->(other) WHERE $since <= edge.<<key>> < $until
RETURN one, edge, other<<'' if loop.last else '\nUNION ALL\n'>>
{%- endfor %}
{%- endmacro %}

{# When a node was recorded. #}
{% macro recorded(name) -%}
coalesce(<<name>>._recorded, <<name>>.create_time)
{%- endmacro %}

{# Whether something was known at a time that is asked for. A line of its own. #}
{% macro known(name) -%}
AND <<recorded(name)>> <= $known_at // optional
{%- endmacro %}
{% macro edge_known(edge) -%}
AND coalesce(<<edge>>._recorded, $known_at) <= $known_at // optional
{%- endmacro %}

{# What a node says, or what it said then if a time is asked for: `[false]`, which no property is, if nothing.
   The first on lines of its own, the second on one, where `optional` stands at its end. #}
{% macro then(node, property, unsaid=none, long=false) %}
coalesce(
{% if long %}
  COLLECT { MATCH (<<node>>)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r<<property>> IS NOT NULL // optional
    RETURN r<<property>> ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
{% else %}
  <<past(node, property)>>, // optional
{% endif %}
  <<node>><<property>><<', ' + unsaid if unsaid else ''>>)
{%- endmacro %}
{% macro said_then(node, property) -%}
coalesce(<<past(node, property)>>, <<node>><<property>>)
{%- endmacro %}
{% macro past(node, property) -%}
COLLECT { MATCH (<<node>>)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r<<property>> IS NOT NULL RETURN r<<property>> ORDER BY r._until LIMIT 1 }[0]
{%- endmacro %}

{# The revisions of a node since the time that is asked for, the first first; and what it said of a key then by
   these: null if nothing. #}
{% macro changes_of(node, name='past') %}
[]
  + COLLECT { MATCH (<<node>>)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  AS <<name>>
{%- endmacro %}
{% macro by(changes, node, key) %}
nullIf(coalesce(
  head([r IN <<changes>> WHERE r.<<key>> IS NOT NULL | r.<<key>>]),
  properties(<<node>>).<<key>>), [false])
{%- endmacro %}

{# What a node said one after the other since the time that is asked for, if one is, and what it says now, as maps;
   and what it said of some keys, by these: null if nothing. It is no `node {.*, key: ...}`: Neo4j reads what
   the node says where the map says null. #}
{% macro states_of(node, name='past') %}
[]
  + COLLECT { MATCH (<<node>>)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(<<node>>)] AS <<name>>
{%- endmacro %}
{% macro as_map(node, keys, states='past') %}
{
{% for key in keys.split() %}
  <<key>>: [r IN <<states>> WHERE r.<<key>> IS NOT NULL | nullIf(r.<<key>>, [false])][0],
{% endfor %}
  id: <<states>>[-1].id, type: <<states>>[-1].type, create_time: <<states>>[-1].create_time
}
{%- endmacro %}

{# What a node said of a key that only the query itself knows, by its states: null if nothing. The keys of all its
   states, of which it may have said nothing then; `_by` and `_until` of what it was say who ended it, and when.
   And each of these keys with what it said: `[false]` if nothing. Without a time all read what it says now alone. #}
{% macro at(states, key) -%}
[r IN <<states>> WHERE r[<<key>>] IS NOT NULL | nullIf(r[<<key>>], [false])][0]
{%- endmacro %}
{% macro keys_of(states) %}
keys(<<states>>[-1])
  + COLLECT { UNWIND <<states>>[..-1] AS r UNWIND keys(r) AS key WITH key WHERE NOT key IN ['_by', '_until'] + keys(<<states>>[-1]) RETURN DISTINCT key } // as of $known_at // optional
{%- endmacro %}
{% macro content_of(states) %}
coalesce(
  [r IN <<states>> WHERE r[key] IS NOT NULL | r[key]][0], // as of $known_at // optional
  <<states>>[-1][key])
{%- endmacro %}
{% macro each_key(carried, states, content) %}
UNWIND <<keys_of(states)>>
  AS key
WITH <<carried>>, key, <<content_of(states)>> AS <<content>>
{%- endmacro %}

{# The end of an edge's pattern: the types of events that it may have, and those that were taken back later if a
   time is asked for; and whether such an event stood then. #}
{% macro events_then(types) %}
<<types>>
  |RETRACTED_<<types.split('|') | select('in', ['INPUT', 'OUTPUT']) | join('|RETRACTED_')>> // as of $known_at // optional
]
{%- endmacro %}
{% macro event_known(event) -%}
<<edge_known(event)>>
AND coalesce(<<event>>._until > $known_at, true) // optional
{%- endmacro %}
{% macro stood(event, node) -%}
<<known(node)>>
<<event_known(event)>>
{%- endmacro %}
{% macro where_stood(event, node) %}
WHERE true
  <<stood(event, node)>>
{%- endmacro %}

{# The type of such an event: as what it was recorded. On lines of their own, the second of which may go on. #}
{% macro was_then(event) -%}
replace( // as of $known_at // optional
type(<<event>>)
, 'RETRACTED_', '') // as of $known_at // optional
{%- endmacro %}

{# Such an event on the way of a walk, as `events.along` says it. #}
{% macro along_then(way) %}
<<'<-' if way == 'upstream' else '-'>>[event:<<events_then(events.every)>><<'->' if way == 'downstream' else '-'>>
{%- endmacro %}

{# The artifact that a question is asked of, and the executions that it came out of. #}
{% macro artifact_asked(name='artifact') %}
MATCH (<<name>>:Artifact {id: $artifact_id})
WHERE true
  <<known(name)>>
{%- endmacro %}
{% macro makers() %}
<<artifact_asked()>>
MATCH (artifact)<-[made:<<events_then('OUTPUT')>>-(execution:Execution)
WHERE true
  <<stood('made', 'execution')>>
{%- endmacro %}

{# What questions in plain Cypher say of that. #}
{% macro said_then_of_question() %}
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
{%- endmacro %}

{# All that a node says, and what was changed of it since the time that is asked for, which is to be taken back. #}
{% macro node(name) %}
<<name>> {
  _past: [(<<name>>)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
}
{%- endmacro %}

{# The moment that is asked about: the one that is asked for, or now if none is, or if that is yet to come. #}
{% macro moment() %}
coalesce(
  CASE WHEN $known_at < datetime() THEN $known_at END, // optional
  datetime())
{%- endmacro %}

{# The end of a match: what it leads to, and the edge that leads there, were known. #}
{% macro where_known(edge, node) %}
WHERE true
  <<known(node)>>
  <<edge_known(edge)>>
{%- endmacro %}

{# Whether two values of a key are told apart: 1 is not 1.0, and NaN is another than NaN. #}
{% macro differ(one, other) -%}
(valueType(<<one>>) <> valueType(<<other>>) OR <<one>> <> <<other>>)
{%- endmacro %}

{# A node says `properties` in place of `before`, but for who recorded it and when. Only what differs is
   written: for a node of thousands of properties `SET node = map` takes Neo4j 2026.08 more memory than a
   transaction has. What says that it was deleted does not stay: so it differs, and `left` fails. #}
{% macro replaced(name, properties, but=lasting, if=none) %}
FOREACH (key IN [
  key IN keys(before) + [key IN keys(<<properties>>) WHERE before[key] IS NULL]
  WHERE <<if + ' AND ' if if else ''>><<'NOT key IN ' + but + '\n    AND ' if but else ''>><<differ('before[key]', properties + '[key]')>>
] | SET <<name>>[key] = <<properties>>[key])
{%- endmacro %}

{# Leave behind what a node was, if it has changed: `before` is all that it said. A time of the last update
   alone is no change, nor is NaN that stays NaN. A node comes once in a query, or else the second would
   leave what the first left. What was deleted is not changed: the query fails. #}
{% macro left(name, kind=none, if=none) %}
WITH *
CALL (*) {
  WITH <<name>>, before, now, properties(<<name>>) AS after
{% if if %}
  WHERE <<if>>
{% endif %}
  WITH <<name>>, before, now,
    [key IN keys(before) WHERE NOT key IN <<beside>>
      AND <<differ('before[key]', 'after[key]')>>
      AND NOT coalesce(before[key] <> before[key] AND after[key] <> after[key], false)]
    + [key IN keys(after) WHERE NOT key IN <<beside>> AND before[key] IS NULL] AS changed
  WHERE any(key IN changed WHERE key <> 'last_update_time')
{% if kind %}
    AND <<tombstones.refused('before', kind)>>
{% endif %}
  SET <<name>>._since = <<since('coalesce(before._since, before._recorded, before.create_time)')>>
  CREATE (revision:Revision {_until: <<name>>._since, _by: $by})-[:REVISION_OF]->(<<name>>)
  FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
}
{%- endmacro %}
{% macro since(last) %}
CASE WHEN <<last>> >= now
    THEN <<last>> + duration({milliseconds: 1}) ELSE now END
{%- endmacro %}

{# What is set on a new edge, besides what it says: when it was recorded and by whom, but not where that is
   when the later of its ends was. #}
{% macro joined(edge, one, other) %}
<<edge>> += <<noted(one, other)>>
{%- endmacro %}
{% macro noted(one, other) -%}
CASE
  WHEN <<recorded(one)>> < now
    AND <<recorded(other)>> < now
  THEN {_recorded: now, _by: $by} ELSE {} END
{%- endmacro %}

{# Nodes of all kinds by their ids. #}
{% macro named() %}
UNWIND $artifact_ids AS id
MATCH (node:Artifact {id: id})
RETURN node
UNION ALL
UNWIND $execution_ids AS id
MATCH (node:Execution {id: id})
RETURN node
UNION ALL
UNWIND $context_ids AS id
MATCH (node:Context {id: id})
RETURN node
{%- endmacro %}

{# What a node is, in a word. #}
{% macro kind(node) -%}
CASE WHEN <<node>>:Artifact THEN 'artifact' WHEN <<node>>:Execution THEN 'execution' WHEN <<node>>:Context THEN 'context' ELSE 'type' END
{%- endmacro %}

{# What revisions of nodes tell of changes: a value is what it is after a change as of the next revision
   that has it, or of the node. #}
{% macro said_of_changes() %}
// A row has a thousand at most. One is [time in milliseconds since the epoch, who changed it, kind of node,
// id, type, name, keys, their values before, their values after]; a value that was not there is [false].
{%- endmacro %}
{% macro changes() %}
CALL (node, revision) {
  MATCH (node)<-[:REVISION_OF]-(later:Revision)
  WHERE later._until > revision._until
  WITH later ORDER BY later._until
  RETURN collect(later) AS later
}
WITH node, revision, revision._until AS time, later, [key IN keys(revision) WHERE NOT key IN ['_until', '_by']] AS keys
WITH collect([
  time.epochMillis, revision._by,
  <<kind('node')>>,
  node.id, coalesce(node.type, node.kind + ' type'), node.name, keys, [key IN keys | revision[key]],
  [key IN keys | [one IN later + [node] WHERE one[key] IS NOT NULL | one[key]][0]]
]) AS changes
UNWIND range(0, size(changes) - 1, 1000) AS first
RETURN changes[first..first + 1000] AS changes;
{%- endmacro %}

{# Edges as seals have them. #}
{% macro sealed_edges() %}
RETURN type(edge) AS type,
  <<kind('one')>> AS start_kind,
  one.id AS start_id,
  <<kind('other')>> AS end_kind,
  other.id AS end_id,
  properties(edge) AS properties;
{%- endmacro %}

{% macro said_of_edges() %}
// A row has a thousand at most. One is [time in milliseconds since the epoch, who recorded it, kind and id
// of the node that it begins at, its type, kind and id of the one that it ends at, path, whether it has a
// time of its own].
{%- endmacro %}
{% macro as_edges() %}
WITH collect([
  time.epochMillis, by,
  <<kind('one')>>,
  one.id, <<was('edge')>>,
  <<kind('other')>>,
  other.id, edge.path, noted
]) AS edges
UNWIND range(0, size(edges) - 1, 1000) AS first
RETURN edges[first..first + 1000] AS edges;
{%- endmacro %}
