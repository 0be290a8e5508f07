// When things were recorded, changed, taken back, deleted or erased from one time on and before another: the <<end>> so many times.
//
// Edges that were recorded with one of their ends are not counted.
//
// access:  read
// returns: last (of them in that order, milliseconds since the epoch), count
CALL () {
{% for label in ['Artifact', 'Execution', 'Context'] %}
  MATCH (node:<<label>>)
  WHERE $since <= node.create_time < $until AND node.id IS NOT NULL AND node._recorded IS NULL
  RETURN node.create_time AS time ORDER BY time<<' DESC' if end == 'latest' else ''>> LIMIT $limit
  UNION ALL
  MATCH (node:<<label>>) WHERE $since <= node._recorded < $until
  RETURN node._recorded AS time ORDER BY time<<' DESC' if end == 'latest' else ''>> LIMIT $limit
  UNION ALL
  MATCH (node:<<label>>) WHERE $since <= node._deleted < $until
  RETURN node._deleted AS time ORDER BY time<<' DESC' if end == 'latest' else ''>> LIMIT $limit
  UNION ALL
{% endfor %}
  MATCH (type:Type) WHERE $since <= type.create_time < $until
  RETURN type.create_time AS time ORDER BY time<<' DESC' if end == 'latest' else ''>> LIMIT $limit
  UNION ALL
  MATCH (deletion:GraphstoreDeletion) WHERE $since <= deletion._deleted < $until
  RETURN deletion._deleted AS time ORDER BY time<<' DESC' if end == 'latest' else ''>> LIMIT $limit
  UNION ALL
  MATCH (erasure:GraphstoreErasure) WHERE $since <= erasure._recorded < $until AND $with_erasures
  UNWIND erasure.ids AS id
  RETURN erasure._recorded AS time ORDER BY time<<' DESC' if end == 'latest' else ''>> LIMIT $limit
  UNION ALL
  MATCH (revision:Revision) WHERE $since <= revision._until < $until
  RETURN revision._until AS time ORDER BY time<<' DESC' if end == 'latest' else ''>> LIMIT $limit
{% for type in revisions.recorded_types %}
  UNION ALL
  MATCH ()-[edge:<<type>>]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time<<' DESC' if end == 'latest' else ''>> LIMIT $limit
{% endfor %}
{% for type in ['RETRACTED_INPUT', 'RETRACTED_OUTPUT'] %}
  UNION ALL
  MATCH ()-[edge:<<type>>]->() WHERE $since <= edge._until < $until
  RETURN edge._until AS time ORDER BY time<<' DESC' if end == 'latest' else ''>> LIMIT $limit
{% endfor %}
}
WITH time ORDER BY time<<' DESC' if end == 'latest' else ''>> LIMIT $limit
RETURN <<'min' if end == 'latest' else 'max'>>(time).epochMillis AS last, count(*) AS count;
