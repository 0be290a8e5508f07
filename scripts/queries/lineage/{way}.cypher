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
// returns: nodes (lists), depths, events (lists), lost
//
// A row has a thousand nodes at most: large answers travel faster in few rows. A node is a list:
// whether it is an artifact, its properties (times in milliseconds since the epoch), whether it was
// not followed; depths are in events from the nearest start. Events are lists too, one a column: the
// place of the node that leads on, in this row; the id at the other end; type, path and time. If one
// is to $look_for_trails, lost says that nobody but who passed it on is known of something.
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
  MATCH (node)<<events.along(way)>>(next)
  WHERE true
    <<walks.entered(way, 'node')>>
  <<walks.columns()>>
}
<<walks.lost(way)>>
RETURN
  [node IN chunk | [
    node:Artifact,
    <<times.node('node', past=true)>>,
    <<walks.stopped()>>
  ]] AS nodes,
  depths,
  events,
  <<walks.is_lost(way)>>;
