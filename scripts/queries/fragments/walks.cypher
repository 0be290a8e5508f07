{% import 'fragments/events.cypher' as events %}
{% import 'fragments/times.cypher' as times %}
{% import 'fragments/revisions.cypher' as revisions %}
{# The walks of lineage: breadth-first, and each visits a node once (Pruning,BFS in the plan). Whoever
   names the paths of one, or tests for a pattern inside it, makes the planner enumerate them. #}

{# The nodes that a walk starts from. #}
{% macro starts() %}
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (start:Artifact {id: id})
  WHERE true
    <<revisions.known('start')>>
  RETURN start
  UNION
  UNWIND $execution_ids AS id
  MATCH (start:Execution {id: id})
  WHERE true
    <<revisions.known('start')>>
  RETURN start
}
{%- endmacro %}

{# The walk from them, with all that can be asked for. #}
{% macro walk(way) %}
(start)
  ((here)<<revisions.along_then(way)>>(next)
    WHERE true
      <<entered(way, 'here')>>
      AND NOT here.type_id IN $stop_type_ids // optional
      <<stops('here')>>
  ){0,40} (node)
{%- endmacro %}

{# The walk from them along whatever there is. #}
{% macro whole_walk(way) %}
(start)
  ((here)<<revisions.along_then(way)>>(next)
    <<revisions.where_stood('event', 'next')>>
  ){0,40} (node)
{%- endmacro %}

{# What a node came out of. #}
{% macro makers() %}
MATCH (node)<-[event:<<revisions.events_then(events.outputs)>>-(maker:Execution)
<<revisions.where_stood('event', 'maker')>>
{%- endmacro %}

{# Which events are followed from one node to the next, and where to; `here` is the name of the first. #}
{% macro entered(way, here) %}
{% set next_stands_in = '[' + here + '.id, next.id] IN $trails' %}
{% set here_stands_in = '[next.id, ' + here + '.id] IN $trails' %}
{% if way == 'upstream' %}
<<did_work(here + ':Execution', 'next', next_stands_in)>>
AND (<<here>>:Execution OR type(event) <> $choice OR <<next_stands_in>>) // optional
{% elif way == 'downstream' %}
<<did_work('next:Artifact', 'next', 'next.id IN $trail_ids')>>
<<did_work(here + ':Artifact', here, here_stands_in)>>
AND (type(event) <> $choice OR <<here_stands_in>>) // optional
{% else %}
{% set is_input = "type(event) ENDS WITH 'INPUT' OR " %}
<<did_work('next:Artifact', 'next', 'next.id IN $trail_ids')>>
<<did_work(here + ':Execution', 'next', is_input + next_stands_in)>>
<<did_work(here + ':Artifact', here, is_input + here_stands_in)>>
AND (type(event) <> $choice OR <<next_stands_in>> AND <<here>>:Artifact OR <<here_stands_in>> AND next:Artifact) // optional
{% endif %}
<<revisions.known('next')>>
<<revisions.event_known('event')>>
AND type(event) IN $event_types // optional
AND next.type_id IN $within_type_ids // optional
AND (next:Execution OR next.state IN $within_artifact_states) // optional
AND (next:Execution OR coalesce($states_then['a' + next.id], next.state) IN $within_artifact_states_then) // optional
AND (next:Artifact OR next.state IN $within_execution_states) // optional
AND (next:Artifact OR coalesce($states_then['e' + next.id], next.state) IN $within_execution_states_then) // optional
AND (next:Execution OR next.id IN $within_artifact_ids) // optional
AND (next:Artifact OR next.id IN $within_execution_ids) // optional
AND next.create_time >= $within_since // optional
AND next.create_time < $within_before // optional
{%- endmacro %}

{# Unless something else is so, an execution did not only pass on what another had made: now, or, where
   some nodes were in other states, then. Either line goes. #}
{% macro did_work(unless, execution, stands_in) %}
AND (<<unless>> OR coalesce(<<execution>>.state, '') <> $passing OR <<stands_in>>) // optional
AND (<<unless>> OR coalesce($states_then['e' + <<execution>>.id], <<execution>>.state, '') <> $passing_then OR <<stands_in>>) // optional
{%- endmacro %}

{# Whether an execution only passed on what another had made, in lines of their own. #}
{% macro passed_on(execution) %}
CASE
  WHEN $states_then['e' + <<execution>>.id] IS NOT NULL THEN $states_then['e' + <<execution>>.id] = 'CACHED' // optional
  WHEN <<execution>>.state = 'CACHED' THEN true
  ELSE false
END
{%- endmacro %}

{# Nodes that are not followed further. #}
{% macro stops(node) %}
AND NOT (<<node>>:Artifact AND <<node>>.id IN $stop_artifact_ids) // optional
AND NOT (<<node>>:Execution AND <<node>>.id IN $stop_execution_ids) // optional
{%- endmacro %}

{# Nodes that are not in the answer. #}
{% macro left_out(node) %}
AND NOT (<<node>>:Artifact AND <<node>>.id IN $left_out_artifact_ids) // optional
AND NOT (<<node>>:Execution AND <<node>>.id IN $left_out_execution_ids) // optional
{%- endmacro %}

{# Whether a node is one of those that are not followed. #}
{% macro stopped(node='node') %}
false
  OR <<node>>.type_id IN $stop_type_ids // optional
  OR (<<node>>:Artifact AND <<node>>.id IN $stop_artifact_ids) // optional
  OR (<<node>>:Execution AND <<node>>.id IN $stop_execution_ids) // optional
{%- endmacro %}

{# The events of the nodes of a row, as columns: the place of the node, the id at the other end, and what
   is read of an event; what few say together, with the type, has the numbers of those that do. #}
{% macro event_columns() %}
WITH collect(event) AS all_events,
  [collect(place), collect(coalesce(next.id, -1)), <<events.columns()>>] AS columns
CALL (all_events) {
  UNWIND range(0, size(all_events) - 1) AS number
  WITH number, all_events[number] AS event
  WITH
    <<revisions.was_then('event')>>
    AS type, <<events.shared()>>, collect(number) AS numbers
  RETURN collect([type, <<events.shared_names()>>, numbers]) AS kinds
}
RETURN [kinds, columns] AS events
{%- endmacro %}

{# Whether nobody but who passed it on is known of something where the walk ended: it may have been made
   by others before, or others may have made something from it. #}
{% macro lost(way) %}
{% if way == 'upstream' %}
<<lost_before('lost')>>
{%- elif way == 'downstream' %}
<<lost_behind('lost')>>
{%- else %}
<<lost_before('lost_before')>>
<<lost_behind('lost_behind')>>
{%- endif %}
{% endmacro %}
{% macro is_lost(way) %}
<<'lost_before OR lost_behind AS lost' if way == 'connected' else 'lost'>>
{%- endmacro %}

{% macro lost_before(lost) %}
CALL (chunk) {
  UNWIND CASE WHEN $look_for_trails THEN chunk ELSE [] END AS node
  WITH node
  WHERE node:Artifact AND NOT EXISTS { // nearly all have a maker, which is seen soonest so
    MATCH (node)<-[event:<<revisions.events_then('OUTPUT')>>-(maker:Execution)
    WHERE maker.state <> 'CACHED'
      AND coalesce($states_then['e' + maker.id], '') <> 'CACHED' // optional
      <<revisions.known('maker')>>
      <<revisions.event_known('event')>>
  }
  <<makers()>>
  WITH node, type(event) = 'INTERNAL_OUTPUT' OR
    <<passed_on('maker')>>
    AS passed_on
  WITH node, min(CASE WHEN passed_on THEN 1 ELSE 0 END) AS passed_on
  WHERE passed_on = 1
  RETURN count(*) > 0 AS <<lost>>
}
{%- endmacro %}

{% macro lost_behind(lost) %}
CALL (chunk) {
  UNWIND CASE WHEN $look_for_trails THEN chunk ELSE [] END AS node
  WITH node WHERE node:Artifact
  MATCH (node)-[read:<<revisions.events_then(events.inputs)>>->(reader:Execution)
    -[event:<<revisions.events_then(events.made)>>->(output:Artifact)
  <<where_passed_on_by_a_reader()>>
  WITH DISTINCT output
  WHERE NOT EXISTS {
    <<maker_of('output')>>
  }
  RETURN count(*) > 0 AS <<lost>>
}
{%- endmacro %}

{# That a reader passed an output on, which is the end of such a match. #}
{% macro where_passed_on_by_a_reader() %}
WHERE
  <<passed_on('reader')>>
  <<revisions.known('reader')>>
  <<revisions.known('output')>>
  <<revisions.event_known('read')>>
  <<revisions.event_known('event')>>
{%- endmacro %}

{# Who made an artifact, and did not only pass it on. #}
{% macro maker_of(artifact) %}
MATCH (<<artifact>>)<-[made:<<revisions.events_then(events.made)>>-(maker:Execution)
WHERE NOT
  <<passed_on('maker')>>
  <<revisions.known('maker')>>
  <<revisions.event_known('made')>>
{%- endmacro %}

{# What a walk answers, and how it follows events, in words. #}
{% macro what(way) %}
<<{'upstream': 'some nodes were made from', 'downstream': 'was made from some nodes',
    'connected': 'events connect some nodes with'}[way]>>
{%- endmacro %}
{% macro whither(way) %}
<<{'upstream': 'against the flow of data', 'downstream': 'along the flow of data',
    'connected': 'whichever way they point'}[way]>>
{%- endmacro %}
