// A stretch of <<kind>>s in the order of ids: what they say, when that was recorded and changed, and when they were deleted.
//
<<times.said()>>
//
// access:  read
// returns: <<kind>>s (list of maps)
<<tables.stretch(kind)>>
WITH <<kind>> ORDER BY <<kind>>.id
RETURN collect(
  <<times.node(kind, times.of_executions + ['_recorded', '_since', '_deleted'])>>
) AS <<kind>>s;
