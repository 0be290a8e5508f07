// Everything that <<walks.what(way)>>, a node at a time as it is found.
//
// The walk of lineage.<<way>>, events followed <<walks.whither(way)>>. Nothing is
// sorted or gathered, so that the first node is there before the last is found, and an answer of any
// size needs no memory; hence there are no depths.
//
// What only passed something on is left out: executions in state $passing (CACHED), and events of
// type $choice (INTERNAL_OUTPUT, what a resolver chose), but for [artifact, execution] in $trails.
//
// With $known_at it is what the store said then, and `_past` of a node what was changed of it since. What
// passed something on then, and states, are told by $states_then, the states of nodes that had others:
// with these $passing is $passing_then, and so are the states that may be entered.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids, $execution_ids
// returns: is_artifact, properties, stopped, events, lost
//
// Times are milliseconds since the epoch; stopped says that the node was not followed; events are
// those that lead on: [id at the other end, type, path, time]. If one is to $look_for_trails, lost says
// that nobody but who passed it on is known of something next to the node.
<<walks.starts()>>
MATCH <<walks.walk(way)>>
WITH DISTINCT node
RETURN node:Artifact AS is_artifact,
  <<times.node('node', past=true)>> AS properties,
  <<walks.stopped()>>
  AS stopped,
  COLLECT {
    MATCH (node)<<revisions.along_then(way)>>(next)
    WHERE true
      <<walks.entered(way, 'node')>>
    RETURN [next.id,
      <<revisions.was_then('event')>>
      , <<events.read()>>]
  } AS events,
{% if way != 'downstream' %}
  $look_for_trails AND node:Artifact AND EXISTS {
    <<walks.makers()>>
  } AND NOT EXISTS {
    <<walks.maker_of('node')>>
  }
{% endif %}
{% if way != 'upstream' %}
  <<'  OR ' if way == 'connected' else ''>>$look_for_trails AND node:Artifact AND EXISTS {
    MATCH (node)-[read:<<revisions.events_then(events.inputs)>>->(reader:Execution)
      -[event:<<revisions.events_then(events.made)>>->(output:Artifact)
    <<walks.where_passed_on_by_a_reader()>>
      AND NOT EXISTS {
        <<walks.maker_of('output')>>
      }
  }
{% endif %}
  AS lost;
