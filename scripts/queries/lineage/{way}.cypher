// Everything that <<walks.what(way)>>, nearest first.
//
// Events are followed <<walks.whither(way)>>. This is a breadth-first walk that visits a node once
// (Pruning,BFS in the plan), however many paths lead to it. Whoever names the paths, or tests for
// a pattern inside the walk, makes the planner enumerate them: 2^30 in 30 diamonds.
//
// A line marked optional is left out when nobody asks for it: `within` says which nodes may be
// entered, `stop` which are not followed further. The bound, here 40 events, is set by the code.
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
// returns: nodes (columns), depths, stopped, events (columns), lost
//
// A row has a thousand nodes at most: large answers travel faster in few rows, and in columns. Nodes are
// [whether they are artifacts, their places in the row, keys, a column for each key], a list for all
// that have the same keys; times are milliseconds since the epoch. Depths are in events from the nearest
// start; stopped are the places of those that were not followed. Events are [kinds, columns]: the columns
// are the place of the node that leads on, the id at the other end, and the time; kinds are [type, path,
// numbers of the events]. If one is to $look_for_trails, lost says that nobody but who passed it on is
// known of something.
<<walks.starts()>>
MATCH path = <<walks.walk(way)>>
WITH node, min(length(path)) AS depth
ORDER BY depth, node:Execution, node.id
LIMIT $limit
WITH collect(node) AS nodes, collect(depth) AS depths
UNWIND range(0, size(nodes) - 1, 1000) AS begin
WITH nodes[begin..begin + 1000] AS chunk, depths[begin..begin + 1000] AS depths
CALL (chunk) {
  UNWIND range(0, size(chunk) - 1) AS place
  WITH place, chunk[place] AS node
  MATCH (node)<<revisions.along_then(way)>>(next)
  WHERE true
    <<walks.entered(way, 'node')>>
  <<walks.event_columns()>>
}
<<nodes.columns(both=true)>>
<<walks.lost(way)>>
RETURN
  nodes,
  depths,
  [place IN range(0, size(chunk) - 1) WHERE
    <<walks.stopped('chunk[place]')>>
  | place] AS stopped,
  events,
  <<walks.is_lost(way)>>;
