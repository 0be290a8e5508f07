// What no seal can have, since it does not say what it is or when it was recorded: written by hand, all of it.
//
// access:  read
// returns: what (text), node (text), count
// written: from scripts/queries/seal/untimed.cypher
CALL () {
  MATCH (node:Artifact)
  WHERE NOT node.id IS :: INTEGER NOT NULL
    OR NOT coalesce(node._recorded, node.create_time) IS :: ZONED DATETIME NOT NULL
  RETURN 'artifact' AS what, toStringOrNull(node.id) AS node
  UNION ALL
  MATCH (node:Execution)
  WHERE NOT node.id IS :: INTEGER NOT NULL
    OR NOT coalesce(node._recorded, node.create_time) IS :: ZONED DATETIME NOT NULL
  RETURN 'execution' AS what, toStringOrNull(node.id) AS node
  UNION ALL
  MATCH (node:Context)
  WHERE NOT node.id IS :: INTEGER NOT NULL
    OR NOT coalesce(node._recorded, node.create_time) IS :: ZONED DATETIME NOT NULL
  RETURN 'context' AS what, toStringOrNull(node.id) AS node
  UNION ALL
  MATCH (node:Type)
  WHERE NOT node.id IS :: INTEGER NOT NULL OR NOT node.create_time IS :: ZONED DATETIME NOT NULL
  RETURN 'type' AS what, toStringOrNull(node.id) AS node
  UNION ALL
  MATCH (one)
    -[edge:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT|ATTRIBUTED_TO|ASSOCIATED_WITH|CHILD_OF
      |RETRACTED_INPUT|RETRACTED_OUTPUT]->(other)
  WHERE edge._recorded IS NOT NULL AND NOT edge._recorded IS :: ZONED DATETIME
    OR type(edge) STARTS WITH 'RETRACTED_' AND NOT edge._until IS :: ZONED DATETIME NOT NULL
    OR NOT one:Artifact|Execution|Context OR NOT other:Artifact|Execution|Context
  RETURN type(edge) AS what, toStringOrNull(one.id) AS node
  UNION ALL
  MATCH (revision:Revision)
  WHERE NOT revision._until IS :: ZONED DATETIME NOT NULL
    OR NOT EXISTS { MATCH (revision)-[:REVISION_OF]->(:Artifact|Execution|Context|Type) }
  RETURN 'revision' AS what, null AS node
}
RETURN what, min(node) AS node, count(*) AS count
ORDER BY what;
