// Make imported executions that belong to no context yet belong to contexts.
//
// Rows are [execution, members], members [place in $contexts, number]. The execution is locked, so that
// nobody does the same meanwhile; that it belongs to none spares looking for each of them.
//
// access:  write
// returns: matched (the numbers of the members that were created)
CALL () {
  UNWIND $contexts AS row
  OPTIONAL MATCH (context:Context {type_id: row.type_id, name: row.name})
  RETURN collect([context]) AS contexts
}
UNWIND $member_rows AS row
MATCH (execution:Execution {source: $source, source_id: row[0]})
SET execution.id = execution.id
WITH contexts, row, execution WHERE NOT EXISTS { (execution)-[:ASSOCIATED_WITH]->() }
UNWIND row[1] AS member
WITH execution, member, contexts[member[0]][0] AS context WHERE context IS NOT NULL
CREATE (execution)-[:ASSOCIATED_WITH]->(context)
RETURN collect(member[1]) AS matched;
