// Create types as an archive has them, with their edges and what hangs on them.
//
// Nodes are [labels, properties]. Edges are by the kind of the other end and the way that they lead:
// [place of the type, id of the other end, type, properties]; what hangs on it, by the way of its edge:
// [place, labels, properties, type of the edge, its properties].
//
// access:  write
// returns: edges (how many were created: those whose other end is there), attachments
// written: from scripts/queries/archive/create_{part}s.cypher
// planned: once
CALL () {
  UNWIND $nodes AS row
  MERGE (node:Type {kind: row[1].kind, name: row[1].name, version: row[1].version}) // base types are there
  SET node = row[1], node:$(row[0])
  RETURN collect(node) AS nodes
}

CALL (nodes) {
  UNWIND $attachments.to AS row
  WITH nodes[row[0]] AS node, row
  CREATE (other:$(row[1]))
  SET other = row[2]
  CREATE (node)-[edge:$(row[3])]->(other)
  SET edge = row[4]
  RETURN count(*) AS hang_to
}
CALL (nodes) {
  UNWIND $attachments.from AS row
  WITH nodes[row[0]] AS node, row
  CREATE (other:$(row[1]))
  SET other = row[2]
  CREATE (node)<-[edge:$(row[3])]-(other)
  SET edge = row[4]
  RETURN count(*) AS hang_from
}
RETURN 0 AS edges, hang_to + hang_from AS attachments;
