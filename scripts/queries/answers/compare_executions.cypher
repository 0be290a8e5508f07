// Executions side by side: what each was told and read, and what that which it made measured.
//
<<metrics.said()>>
//
// access:  read
// as_of:   yes
// planned: once for $execution_ids
// returns: found, subject (node), sources (list of {artifact, own}), executions (list of maps)
//
// Its sources of metrics, the last recorded last, are what it made - own is what a model says of
// itself: one of the types $model_type_ids, or an output `model` of a type of which nobody knows what
// it is - and the evaluations of that, as in answers.compare_artifacts.
UNWIND range(0, size($execution_ids) - 1) AS position
MATCH (subject:Execution {id: $execution_ids[position]})
WHERE true
  <<revisions.known('subject')>>
CALL (subject) {
  CALL (subject) {
    <<metrics.of_execution()>>
    <<metrics.valued()>>
    RETURN own, ordinal, id, time, value
    UNION ALL
    <<metrics.logged('(subject)')>>
  }
  <<metrics.counts()>>
}
<<metrics.best()>>
CALL (subject) {
  <<metrics.of_execution()>>
  <<metrics.gathered()>>
}
<<metrics.compared('WITH subject AS execution')>>
