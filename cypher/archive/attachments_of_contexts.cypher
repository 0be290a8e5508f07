// What hangs on some contexts: nodes that are none of the model, and have no other edge.
//
// access:  read
// returns: id, element_id, labels, properties, type, is_to
// written: from scripts/queries/archive/attachments_of_{part}s.cypher
// planned: once
UNWIND $ids AS id
MATCH (node:Context {id: id})
MATCH (node)-[edges*1..1]-(other)
WHERE NOT other:Artifact|Execution|Context|Type
WITH id, node, head(edges) AS edge, other
WHERE NOT EXISTS { MATCH (other)-[more*1..1]-() WHERE head(more) <> edge }
RETURN id, elementId(other) AS element_id, labels(other) AS labels, properties(other) AS properties,
  type(edge) AS type, startNode(edge) = node AS is_to;
