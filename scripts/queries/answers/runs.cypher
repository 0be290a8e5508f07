// Runs by their ids, with what they are part of, their steps, and what these made.
//
// Of what the steps made or passed on, the last recorded last, only the keys that hold a number, since
// there may be metrics among them; own is whether a model says it of itself, as in
// answers.compare_executions.
//
// access:  read
// as_of:   yes
// planned: once for $context_ids
// returns: run (node), parents (nodes), executions (nodes), numbers (list of {own, pairs, create_time})
UNWIND range(0, size($context_ids) - 1) AS position
MATCH (run:Context {id: $context_ids[position]})
WHERE true
  <<revisions.known('run')>>
<<runs.numbers('run')>>
RETURN <<times.of('context', past=true) | replace('context', 'run')>> AS run, COLLECT {
  MATCH (run)-[edge:CHILD_OF]->(context:Context)
  <<revisions.where_known('edge', 'context')>>
  RETURN <<times.of('context', past=true)>>
} AS parents, COLLECT {
  MATCH (run)<-[edge:ASSOCIATED_WITH]-(execution:Execution)
  <<revisions.where_known('edge', 'execution')>>
  RETURN <<times.of('execution', past=true)>>
} AS executions, numbers
ORDER BY position;
