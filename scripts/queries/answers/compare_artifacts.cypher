// Artifacts side by side: who made each of what, and what it and its evaluations measured.
//
<<metrics.said()>>
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids
// returns: found, subject (node), sources (list of {artifact, own}), executions (list of maps)
//
// Its sources of metrics, the last recorded last, are the artifact, whose numbers are its own, and its
// evaluations: artifacts of the types $type_ids that came out of an execution which read it in one of
// $roles, or no other of its type. Its execution is the first that made it, and did not only pass it
// on.
UNWIND range(0, size($artifact_ids) - 1) AS position
MATCH (subject:Artifact {id: $artifact_ids[position]})
WHERE true
  <<revisions.known('subject')>>
CALL (subject) {
  <<metrics.of_artifact()>>
  <<metrics.valued()>>
  <<metrics.counts()>>
}
<<metrics.best()>>
CALL (subject) {
  <<metrics.of_artifact()>>
  <<metrics.gathered()>>
}
{% set first_maker %}
MATCH (subject)<-[event:<<revisions.events_then(events.made)>>-(execution:Execution)
WHERE <<revisions.then('execution', '.state', "'UNKNOWN'")>> <> 'CACHED'
  <<revisions.known('execution')>>
  <<revisions.event_known('event')>>
WITH execution
ORDER BY execution.id
LIMIT 1
{%- endset %}
<<metrics.compared(first_maker)>>
