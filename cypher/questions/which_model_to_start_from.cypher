// Which model to start from: the newest ones of a type, with what speaks for each.
//
// Ask of a type: `:param type => 'Model'`. The advice names the latest, the latest that is blessed,
// the latest that was pushed, and the best by the first of $metric_keys that it has itself, or else the
// evaluation that was recorded last; NaN is never the best.
// `graphstore latest` picks one by TFX's rules.
//
// access:  read
// returns: model, advice, blessed, pushed, metric, since, uri
MATCH (model:Artifact {type: $type})
WHERE model.create_time IS NOT NULL AND model.id IS NOT NULL AND model._deleted IS NULL
  AND coalesce(model.state, 'LIVE') IN ['LIVE', 'UNKNOWN', 'REFERENCE']
WITH model
ORDER BY model.type DESC, model.create_time DESC, model.id DESC
LIMIT 50
CALL (model) {
  MATCH (model)-[read:INPUT]->(:Execution)-[:OUTPUT]->(made:Artifact)
  WHERE NOT coalesce(read.path[0], '') IN ['baseline', 'baseline_model', 'base_model']
  WITH DISTINCT made, properties(made) AS said
  ORDER BY made.create_time DESC, made.id DESC
  WITH collect(said) AS all
  RETURN any(said IN all WHERE said.type CONTAINS 'Blessing'
      AND coalesce(said.custom_blessed, said.blessed) IN [1, true]) AS blessed,
    any(said IN all WHERE last(split(said.type, '.')) IN ['PushedModel', 'Deployment', 'Endpoint']
      AND coalesce(said.custom_pushed, 1) <> 0 AND said._deleted IS NULL) AS pushed,
    head([value IN [said IN [properties(model)] + all | head([key IN $metric_keys
        WHERE said[key] IS :: INTEGER NOT NULL OR said[key] IS :: FLOAT NOT NULL | said[key]])]
      WHERE value IS NOT NULL]) AS metric
}
WITH collect({model: model, blessed: blessed, pushed: pushed, metric: metric}) AS rows
WITH rows, head([row IN rows WHERE row.blessed | row.model.id]) AS blessed,
  head([row IN rows WHERE row.pushed | row.model.id]) AS pushed,
  reduce(best = null, row IN rows | CASE
    WHEN row.metric IS NOT NULL AND NOT isNaN(row.metric) AND (best IS NULL OR row.metric > best.metric) THEN row ELSE best END) AS best
UNWIND range(0, size(rows) - 1) AS place
WITH place, rows[place] AS row, blessed, pushed, best
RETURN 'a' + row.model.id + ' ' + last(split(row.model.type, '.')) AS model,
  [advice IN [CASE place WHEN 0 THEN 'latest' END, CASE row.model.id WHEN blessed THEN 'latest blessed' END,
    CASE row.model.id WHEN pushed THEN 'latest pushed' END,
    CASE row.model.id WHEN best.model.id THEN 'best' END] WHERE advice IS NOT NULL] AS advice,
  CASE WHEN row.blessed THEN 'yes' ELSE 'no' END AS blessed, CASE WHEN row.pushed THEN 'yes' ELSE 'no' END AS pushed,
  row.metric AS metric, replace(left(toString(row.model.create_time), 19), 'T', ' ') AS since, row.model.uri AS uri
ORDER BY place;
