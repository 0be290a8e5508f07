// Runs side by side: what their steps were told, and read from outside, made and measured.
//
<<metrics.said()>>
//
// access:  read
// as_of:   yes
// planned: once for $context_ids
// returns: found, subject (node), sources (list of {artifact, own}), executions (list of maps)
//
// Its sources of metrics are all that its steps made or passed on, the last recorded last; own is what
// a model says of itself, as in answers.compare_executions.
UNWIND range(0, size($context_ids) - 1) AS position
MATCH (subject:Context {id: $context_ids[position]})
WHERE true
  <<revisions.known('subject')>>
CALL (subject) {
  CALL (subject) {
    <<metrics.of_run('subject', 'source')>>
    <<metrics.valued()>>
    RETURN own, ordinal, id, time, value
    UNION ALL
    <<metrics.logged('(subject)')>>
    UNION ALL
    <<metrics.logged('(subject)<-[:ASSOCIATED_WITH]-(:Execution)')>>
  }
  <<metrics.counts()>>
}
<<metrics.best()>>
CALL (subject) {
  <<metrics.of_run('subject', 'source')>>
  <<metrics.gathered()>>
}
{% set steps %}
MATCH (subject)<-[edge:ASSOCIATED_WITH]-(execution:Execution)
<<revisions.where_known('edge', 'execution')>>
{%- endset %}
<<metrics.compared(steps)>>
