// Which of some artifacts some execution made, and did not only pass on; by id.
//
// CACHED executions pass on what an earlier one made, and resolvers (INTERNAL_OUTPUT) what they chose.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids
// returns: id
<<nodes.by_id('artifact')>>
WHERE EXISTS {
  MATCH (artifact)<-[event:<<revisions.events_then('OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT')>>-(execution:Execution)
  WHERE <<revisions.then('execution', '.state', "'UNKNOWN'")>> <> 'CACHED'
    <<revisions.known('execution')>>
    <<revisions.event_known('event')>>
}
RETURN DISTINCT id
ORDER BY id;
