// Which model to start from: the newest ones of a type, with what speaks for each.
//
// Ask of a type: `:param type => 'Model'`. The advice names the latest, the latest that is blessed,
// the latest that was pushed, and the best by the first of $metric_keys that it has itself, or else the
// evaluation that was recorded last; NaN is never the best.
// `graphstore latest` picks one by TFX's rules.
<<revisions.said_then_of_question()>> A model that
// was deleted since is shown as such: what the store said of it is not known any more.
//
// access:  read
// as_of:   yes
// returns: model, advice, blessed, pushed, metric, since, uri
MATCH (model:Artifact {type: $type})
WHERE model.create_time IS NOT NULL AND model.id IS NOT NULL
  AND (model._deleted IS NULL
    OR model._deleted > $known_at // optional
  )
  AND <<revisions.then('model', '.state', "'LIVE'")>> IN ['LIVE', 'UNKNOWN', 'REFERENCE', [false]]
  <<revisions.known('model')>>
WITH model
ORDER BY model.type DESC, model.create_time DESC, model.id DESC
LIMIT 50
CALL (model) {
  MATCH (model)-[read:<<revisions.events_then('INPUT')>>->(reader:Execution)
  WHERE NOT coalesce(read.path[0], '') IN ['baseline', 'baseline_model', 'base_model']
    <<revisions.stood('read', 'reader')>>
  MATCH (reader)-[event:<<revisions.events_then('OUTPUT')>>->(made:Artifact)
  WHERE true
    <<revisions.stood('event', 'made')>>
  WITH DISTINCT made
  WITH made, <<revisions.states_of('made')>>
  WITH made, past, <<revisions.as_map('made', 'custom_blessed blessed custom_pushed _deleted')>> AS said
  ORDER BY made.create_time DESC, made.id DESC
  WITH collect(said) AS all, collect(past) AS histories
  RETURN any(said IN all WHERE said.type CONTAINS 'Blessing'
      AND coalesce(said.custom_blessed, said.blessed) IN [1, true]) AS blessed,
    any(said IN all WHERE last(split(said.type, '.')) IN ['PushedModel', 'Deployment', 'Endpoint']
      AND coalesce(said.custom_pushed, 1) <> 0 AND said._deleted IS NULL) AS pushed, histories
}
WITH model, blessed, pushed, histories, <<revisions.states_of('model')>>
WITH model, blessed, pushed, past, head([value IN [states IN [past] + histories | head([one IN [key IN $metric_keys |
    <<revisions.content_of('states')>>] WHERE <<metrics.number('one')>>])]
  WHERE value IS NOT NULL]) AS metric
WITH blessed, pushed, metric, <<revisions.as_map('model', 'uri _deleted')>> AS said
WITH collect({model: said, deleted: said._deleted IS NOT NULL, blessed: blessed, pushed: pushed, metric: metric}) AS rows
WITH rows, [row IN rows WHERE NOT row.deleted] AS there
WITH rows, head([row IN there | row.model.id]) AS latest, head([row IN there WHERE row.blessed | row.model.id]) AS blessed,
  head([row IN there WHERE row.pushed | row.model.id]) AS pushed,
  reduce(best = null, row IN there | CASE
    WHEN row.metric IS NOT NULL AND NOT isNaN(row.metric) AND (best IS NULL OR row.metric > best.metric) THEN row ELSE best END) AS best
UNWIND range(0, size(rows) - 1) AS place
WITH place, rows[place] AS row, latest, blessed, pushed, best
RETURN 'a' + row.model.id + ' ' + last(split(row.model.type, '.')) AS model,
  [advice IN [CASE row.model.id WHEN latest THEN 'latest' END, CASE row.model.id WHEN blessed THEN 'latest blessed' END,
    CASE row.model.id WHEN pushed THEN 'latest pushed' END,
    CASE row.model.id WHEN best.model.id THEN 'best' END,
    CASE WHEN row.deleted THEN 'not known: it was deleted since' END] WHERE advice IS NOT NULL] AS advice,
  CASE WHEN row.blessed THEN 'yes' ELSE 'no' END AS blessed, CASE WHEN row.pushed THEN 'yes' ELSE 'no' END AS pushed,
  row.metric AS metric, replace(left(toString(row.model.create_time), 19), 'T', ' ') AS since, row.model.uri AS uri
ORDER BY place;
