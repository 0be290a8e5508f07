// Edges between what was there already that were recorded from one time on and before another.
//
// access:  read
// returns: type, start_kind, start_id, end_kind, end_id, properties
CALL () {
  <<revisions.edges_when(revisions.recorded_types, '_recorded')>>
}
<<revisions.sealed_edges()>>
