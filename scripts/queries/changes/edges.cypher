// Edges between what was there already that were recorded from one time on and before another.
//
<<revisions.said_of_edges()>>
//
// access:  read
// returns: edges (lists)
CALL () {
  <<revisions.edges_when(revisions.recorded_types, '_recorded')>>
}
WITH one, edge, other, edge._recorded AS time, edge._by AS by, true AS noted
<<revisions.as_edges()>>
