// Which of some nodes are there, and which of them are tombstones.
//
// access:  read
// returns: kind, id, deleted
CALL () {
  <<revisions.named()>>
  UNION ALL
  UNWIND $type_ids AS id
  MATCH (node:Type {id: id})
  RETURN node
}
RETURN
  <<revisions.kind('node')>> AS kind,
  node.id AS id, node._deleted IS NOT NULL AS deleted;
