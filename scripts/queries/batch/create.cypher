// Create what is new in a batch: artifacts, executions and contexts.
//
// As artifact.create and its like do it, but at once, and with nothing to read: the writer knows
// what it wrote.
//
// access:  write
// returns: artifacts, executions, contexts
// planned: once
WITH <<times.now>> AS now
<<nodes.created('artifact')>>
<<nodes.created('execution')>>
<<nodes.created('context')>>
RETURN artifacts, executions, contexts;
