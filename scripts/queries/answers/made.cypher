// Which of some artifacts some execution made, and did not only pass on; by id.
//
// CACHED executions pass on what an earlier one made, and resolvers (INTERNAL_OUTPUT) what they chose.
//
// access:  read
// returns: id
<<nodes.by_id('artifact')>>
WHERE EXISTS {
  (artifact)<-[:OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT]-(execution:Execution)
  WHERE coalesce(execution.state, 'UNKNOWN') <> 'CACHED'
}
RETURN DISTINCT id
ORDER BY id;
