// Events that were taken back from one time on and before another.
//
// access:  read
// returns: type, start_kind, start_id, end_kind, end_id, properties
CALL () {
  <<revisions.edges_when(['RETRACTED_INPUT', 'RETRACTED_OUTPUT'], '_until')>>
}
<<revisions.sealed_edges()>>
