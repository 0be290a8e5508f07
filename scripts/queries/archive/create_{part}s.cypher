// Create <<part>>s as an archive has them, with their edges and what hangs on them.
//
// Nodes are [labels, properties]. Edges are by the kind of the other end and the way that they lead:
// [place of the <<part>>, id of the other end, type, properties]; what hangs on it, by the way of its edge:
// [place, labels, properties, type of the edge, its properties].
//
// access:  write
// returns: edges (how many were created: those whose other end is there), attachments
// planned: once
CALL () {
  UNWIND $nodes AS row
{% if part == 'type' %}
  MERGE (node:Type {kind: row[1].kind, name: row[1].name, version: row[1].version}) // base types are there
  SET node = row[1], node:$(row[0])
{% else %}
  CREATE (node:$(row[0]))
  SET node = row[1]
{% endif %}
  RETURN collect(node) AS nodes
}
<<archives.new_edges(part)>>
CALL (nodes) {
  UNWIND $attachments.to AS row
  WITH nodes[row[0]] AS node, row
  <<archives.hang('node', 'to')>>
  RETURN count(*) AS hang_to
}
CALL (nodes) {
  UNWIND $attachments.from AS row
  WITH nodes[row[0]] AS node, row
  <<archives.hang('node', 'from')>>
  RETURN count(*) AS hang_from
}
RETURN <<archives.edge_sum(part)>> AS edges, hang_to + hang_from AS attachments;
