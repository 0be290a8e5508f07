// The way in to what was erased, by when that was; and of what was erased before, that it was.
//
// A GraphstoreErasure tells beside the graph of which nodes, or edges, something was written over: when, by whom and
// why, and never what. Of what was erased before there were any it is told as of now, so that whoever follows the
// changes from here on learns of it; when that was say the nodes and edges themselves, in `_erased`.
//
// access: schema
CREATE INDEX erasure_recorded IF NOT EXISTS
FOR (erasure:GraphstoreErasure) ON (erasure.`_recorded`);
MATCH (lock:GraphstoreSequence {name: 'type'})
SET lock.name = lock.name // one process at a time
WITH datetime({epochMillis: datetime.transaction().epochMillis}) AS now
WHERE NOT EXISTS { MATCH (:GraphstoreErasure) }
CALL () {
  MATCH (node:Artifact|Execution|Context|Type) WHERE node.`_erased` IS NOT NULL
  RETURN node, null AS edge
  UNION
  MATCH (hanging:Revision|GraphstoreSeries WHERE hanging.`_erased` IS NOT NULL)
    -[:REVISION_OF|LOGGED]-(node:Artifact|Execution|Context|Type)
  RETURN node, null AS edge
  UNION
  MATCH (node:Artifact|Execution|Context)-[edge:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT
    |PENDING_OUTPUT|ATTRIBUTED_TO|ASSOCIATED_WITH|CHILD_OF]->()
  WHERE edge.`_erased` IS NOT NULL
  RETURN node, edge
}
WITH now, node, edge
WHERE node.id IS :: INTEGER NOT NULL AND (edge IS NULL OR endNode(edge).id IS :: INTEGER NOT NULL)
WITH now, coalesce(type(edge), '') AS edge,
  CASE WHEN node:Artifact THEN 'artifact' WHEN node:Execution THEN 'execution' WHEN node:Context THEN 'context' ELSE 'type' END AS kind,
  CASE WHEN endNode(edge):Artifact THEN 'artifact' WHEN endNode(edge):Execution THEN 'execution'
    WHEN endNode(edge):Context THEN 'context' END AS other_kind,
  collect(DISTINCT [node.id, endNode(edge).id]) AS pairs
UNWIND range(0, size(pairs) - 1, 1000) AS first
WITH now, edge, kind, other_kind, pairs[first..first + 1000] AS pairs
CREATE (erasure:GraphstoreErasure {_recorded: now, kind: kind, ids: [pair IN pairs | pair[0]], edge: edge})
SET erasure._why = 'before changes told of erasures',
  erasure.other_kind = other_kind,
  erasure.others = CASE WHEN edge <> '' THEN [pair IN pairs | pair[1]] END;
