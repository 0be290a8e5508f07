// What CACHED steps that read some artifacts passed on, where a walk did not come to it.
//
// A step that read a copy was CACHED with what an earlier one had made of the same contents. Of each
// artifact that was read, and each that was passed on, the first such step is told.
//
// access:  read
// as_of:   yes
// returns: artifact_id, execution (node), output_id, role
<<nodes.by_id('artifact')>>-[read:<<revisions.events_then('INPUT|DECLARED_INPUT')>>->(execution:Execution)
WHERE <<revisions.then('execution', '.state')>> = 'CACHED'
  <<revisions.known('execution')>>
  <<revisions.event_known('read')>>
MATCH (execution)-[event:<<revisions.events_then('OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT')>>->(output:Artifact)
WHERE NOT output.id IN $artifact_ids
  <<revisions.known('output')>>
  <<revisions.event_known('event')>>
WITH id, output, execution, event
ORDER BY execution.id, event.path
WITH id, output, collect([execution, event.path[0]])[0] AS first
WITH id, output, first[0] AS execution, coalesce(first[1], '') AS role
RETURN id AS artifact_id, <<revisions.node('execution')>> AS execution,
  output.id AS output_id, role
ORDER BY artifact_id, output_id;
