// What no seal can have, since it does not say what it is or when it was recorded: written by hand, all of it.
//
// access:  read
// returns: what (text), node (text), count
CALL () {
{% for Kind in ['Artifact', 'Execution', 'Context'] %}
  MATCH (node:<<Kind>>)
  WHERE NOT node.id IS :: INTEGER NOT NULL
    OR NOT <<revisions.recorded('node')>> IS :: ZONED DATETIME NOT NULL
  RETURN '<<Kind.lower()>>' AS what, toStringOrNull(node.id) AS node
  UNION ALL
{% endfor %}
  MATCH (node:Type)
  WHERE NOT node.id IS :: INTEGER NOT NULL OR NOT node.create_time IS :: ZONED DATETIME NOT NULL
  RETURN 'type' AS what, toStringOrNull(node.id) AS node
  UNION ALL
  MATCH (one)
    -[edge:<<revisions.recorded_edges>>]->(other)
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
