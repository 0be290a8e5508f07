// What hangs on some <<part>>s: nodes that are none of the model, and have no other edge.
//
// access:  read
// returns: id, element_id, labels, properties, type, is_to
// planned: once
UNWIND $ids AS id
MATCH (node:<<Part>> {id: id})
MATCH (node)-[edges*1..1]-(other)
WHERE NOT other:Artifact|Execution|Context|Type
WITH id, node, head(edges) AS edge, other
WHERE <<archives.hangs('other')>>
RETURN id, elementId(other) AS element_id, labels(other) AS labels, properties(other) AS properties,
  type(edge) AS type, startNode(edge) = node AS is_to;
