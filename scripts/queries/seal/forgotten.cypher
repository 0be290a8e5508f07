// What was erased, and the tombstones, of which nobody may know any more what they said.
//
// Of nodes the last four are null, and until is before when they said it, in milliseconds since the epoch; null for
// ever. Of an event that was taken back it is when.
//
// access:  read
// returns: kind, id, erased, until, type, end_kind, end_id, path
CALL () {
{% for Kind in ['Artifact', 'Execution', 'Context', 'Type'] %}
  MATCH (node:<<Kind>> WHERE node._deleted IS NOT NULL OR node._erased IS NOT NULL
    OR EXISTS { MATCH (node)<-[:REVISION_OF]-(revision:Revision) WHERE revision._erased IS NOT NULL })
  RETURN node, null AS edge, null AS end
  UNION ALL
{% endfor %}
  MATCH (node)
    -[edge:<<revisions.recorded_edges>>]->(end)
  WHERE edge._erased IS NOT NULL
  RETURN node, edge, end
}
WITH node, edge, end, COLLECT {
    MATCH (node)<-[:REVISION_OF]-(revision:Revision) WHERE revision._erased IS NOT NULL
    RETURN CASE WHEN revision._until IS :: ZONED DATETIME THEN revision._until.epochMillis ELSE 0 END AS time
    ORDER BY time DESC
  } AS times
RETURN
  <<revisions.kind('node')>>
    AS kind,
  node.id AS id, node._erased IS NOT NULL AS erased,
  CASE WHEN edge IS NOT NULL THEN CASE WHEN edge._until IS :: ZONED DATETIME THEN edge._until.epochMillis END
    WHEN node._deleted IS NULL AND node._erased IS NULL THEN times[0] END AS until,
  type(edge) AS type,
  CASE WHEN end IS NOT NULL THEN
    <<revisions.kind('end')>>
  END AS end_kind,
  end.id AS end_id, edge.path AS path;
