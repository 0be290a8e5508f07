// Everything that <<walks.what(way)>>, as ids.
//
// The walk of lineage.<<way>>, events followed <<walks.whither(way)>>, with nothing
// read but ids: for sets that are counted, compared or passed on.
//
// What only passed something on is left out: executions in state $passing (CACHED), and events of
// type $choice (INTERNAL_OUTPUT, what a resolver chose), but for [artifact, execution] in $trails.
//
// With $known_at it is what the store said then. What passed something on then, and states, are told by
// $states_then, the states of nodes that had others: with these $passing is $passing_then, and so are the
// states that may be entered.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids, $execution_ids
// returns: artifact_ids, execution_ids, lost
//
// lost is that of lineage.<<way>>.
<<walks.starts()>>
MATCH <<walks.walk(way)>>
WITH DISTINCT node
WITH collect(node) AS chunk
<<walks.lost(way)>>
RETURN [node IN chunk WHERE node:Artifact | node.id] AS artifact_ids,
  [node IN chunk WHERE node:Execution | node.id] AS execution_ids,
  <<walks.is_lost(way)>>;
