// Edges of some nodes that were recorded from one time on and before another.
//
// Without a time of its own an edge was recorded when the later of its ends was, by who recorded that.
// Lines marked optional leave only such edges, each at the end that it came with: at the execution or what
// belongs to the other, if both came at once.
//
<<revisions.said_of_edges()>>
//
// access:  read
// returns: edges (lists)
CALL () {
  <<revisions.named()>>
}
MATCH (node)
  -[edge:<<revisions.recorded_edges>>]-(end)
WITH node, edge, end,
  <<revisions.recorded('node')>> AS own,
  <<revisions.recorded('end')>> AS others,
  CASE WHEN end:Context OR node:Context THEN startNode(edge) = node ELSE node:Execution END AS first
WITH node, edge, end, own, others, own > others OR own = others AND first AS is_later
WHERE true
  AND edge._recorded IS NULL AND is_later AND $with_an_end // optional
WITH DISTINCT startNode(edge) AS one, edge, endNode(edge) AS other,
  edge._recorded IS NOT NULL AS noted,
  coalesce(edge._recorded, CASE WHEN is_later THEN own ELSE others END) AS time,
  CASE WHEN edge._recorded IS NOT NULL THEN edge._by WHEN is_later THEN node._by ELSE end._by END AS by
WHERE $since <= time < $until
<<revisions.as_edges()>>
