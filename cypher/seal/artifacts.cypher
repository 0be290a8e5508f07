// Artifacts that were recorded from one time on and before another, as seals have them.
//
// Each has what it said before, and the edges that came with it: those without a time of their own, of whose ends
// it is the later one.
//
// An edge is [type, whether it leads away, kind of the other end, id of the other end, properties, time], the
// time as a text, which is read much faster; so is a node without its last_update_time, which no seal has.
//
// access:  read
// returns: kind, labels, properties, revisions (maps), edges (lists)
// written: from scripts/queries/seal/{kind}s.cypher
//
// What a node says is read before its revisions: who changes it meanwhile leaves a revision that says the same.
CALL () {
  MATCH (node:Artifact)
  WHERE $since <= node.create_time < $until AND node._recorded IS NULL
  RETURN node
  UNION ALL
  MATCH (node:Artifact)
  WHERE $since <= node._recorded < $until
  RETURN node
}
WITH node
WHERE node.id IS :: INTEGER NOT NULL
WITH node, labels(node) AS labels, node {.*, last_update_time: null} AS properties
WITH node, labels, properties,
  COLLECT { MATCH (node)<-[:REVISION_OF]-(revision:Revision) RETURN properties(revision) } AS revisions
RETURN 'artifact' AS kind, labels, properties, revisions,
  COLLECT {
    MATCH (node)
      -[edge:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT|ATTRIBUTED_TO|ASSOCIATED_WITH|CHILD_OF
        |RETRACTED_INPUT|RETRACTED_OUTPUT]-(end)
    WHERE edge._recorded IS NULL
    WITH node, edge, end,
      coalesce(node._recorded, node.create_time) AS own,
      coalesce(end._recorded, end.create_time) AS others,
      CASE WHEN end:Context OR node:Context THEN startNode(edge) = node ELSE node:Execution END AS first
    WHERE own > others OR own = others AND first
    RETURN [
      type(edge), startNode(edge) = node,
      CASE WHEN end:Artifact THEN 'artifact' WHEN end:Execution THEN 'execution' WHEN end:Context THEN 'context' ELSE 'type' END,
      end.id,
      edge {.*, time: CASE WHEN edge.time IS :: ZONED DATETIME THEN null ELSE edge.time END},
      CASE WHEN edge.time IS :: ZONED DATETIME THEN toString(edge.time) END
    ]
  } AS edges;
