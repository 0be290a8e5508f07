// Which model to start from: the newest ones of a type, with what speaks for each.
//
// Ask of a type: `:param type => 'Model'`. The advice names the latest, the latest that is blessed,
// the latest that was pushed, and the best by the first of $metric_keys that it has itself, or else the
// evaluation that was recorded last; NaN is never the best.
// `graphstore latest` picks one by TFX's rules.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now. A model that
// was deleted since is shown as such: what the store said of it is not known any more.
//
// access:  read
// as_of:   yes
// returns: model, advice, blessed, pushed, metric, since, uri
// written: from scripts/queries/questions/which_model_to_start_from.cypher
MATCH (model:Artifact {type: $type})
WHERE model.create_time IS NOT NULL AND model.id IS NOT NULL
  AND (model._deleted IS NULL
    OR model._deleted > $known_at // optional
  )
  AND coalesce(
    COLLECT { MATCH (model)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], // optional
    model.state, 'LIVE') IN ['LIVE', 'UNKNOWN', 'REFERENCE', [false]]
  AND coalesce(model._recorded, model.create_time) <= $known_at // optional
WITH model
ORDER BY model.type DESC, model.create_time DESC, model.id DESC
LIMIT 50
CALL (model) {
  MATCH (model)-[read:INPUT
    |RETRACTED_INPUT // as of $known_at // optional
  ]->(reader:Execution)
  WHERE NOT coalesce(read.path[0], '') IN ['baseline', 'baseline_model', 'base_model']
    AND coalesce(reader._recorded, reader.create_time) <= $known_at // optional
    AND coalesce(read._recorded, $known_at) <= $known_at // optional
    AND coalesce(read._until > $known_at, true) // optional
  MATCH (reader)-[event:OUTPUT
    |RETRACTED_OUTPUT // as of $known_at // optional
  ]->(made:Artifact)
  WHERE true
    AND coalesce(made._recorded, made.create_time) <= $known_at // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
  WITH DISTINCT made
  WITH made, []
    + COLLECT { MATCH (made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(made)] AS past
  WITH made, past, {
    custom_blessed: [r IN past WHERE r.custom_blessed IS NOT NULL | nullIf(r.custom_blessed, [false])][0],
    blessed: [r IN past WHERE r.blessed IS NOT NULL | nullIf(r.blessed, [false])][0],
    custom_pushed: [r IN past WHERE r.custom_pushed IS NOT NULL | nullIf(r.custom_pushed, [false])][0],
    _deleted: [r IN past WHERE r._deleted IS NOT NULL | nullIf(r._deleted, [false])][0],
    id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
  } AS said
  ORDER BY made.create_time DESC, made.id DESC
  WITH collect(said) AS all, collect(past) AS histories
  RETURN any(said IN all WHERE said.type CONTAINS 'Blessing'
      AND coalesce(said.custom_blessed, said.blessed) IN [1, true]) AS blessed,
    any(said IN all WHERE last(split(said.type, '.')) IN ['PushedModel', 'Deployment', 'Endpoint']
      AND coalesce(said.custom_pushed, 1) <> 0 AND said._deleted IS NULL) AS pushed, histories
}
WITH model, blessed, pushed, histories, []
  + COLLECT { MATCH (model)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(model)] AS past
WITH model, blessed, pushed, past, head([value IN [states IN [past] + histories | head([one IN [key IN $metric_keys |
    coalesce(
      [r IN states WHERE r[key] IS NOT NULL | r[key]][0], // as of $known_at // optional
      states[-1][key])] WHERE one IS :: INTEGER NOT NULL OR one IS :: FLOAT NOT NULL])]
  WHERE value IS NOT NULL]) AS metric
WITH blessed, pushed, metric, {
  uri: [r IN past WHERE r.uri IS NOT NULL | nullIf(r.uri, [false])][0],
  _deleted: [r IN past WHERE r._deleted IS NOT NULL | nullIf(r._deleted, [false])][0],
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS said
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
