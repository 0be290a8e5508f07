// Make tombstones of the artifacts that stood for what nobody is known to have written, and that nothing reads any more.
//
// What read one of them reads what somebody wrote, of whom the store has heard since; as of a time before it is
// followed as it was. Its external id is free for another that comes to stand for the same.
//
// access:  write
// returns: ids
WITH <<times.now>> AS now
MATCH (node:Artifact WHERE node.id IN $artifact_ids)
WHERE node.type = 'openlineage.Dataset' AND node.written_by IS NULL AND node._deleted IS NULL
  AND NOT EXISTS { (node)-[:<<events.every>>]-(:Execution) }
<<tombstones.unhang('node')>>
WITH now, node, properties(node) AS before
SET node = <<tombstones.left_of('before', why="'it stood for ' + before.namespace + '/' + before.dataset\n    + ', which nobody was known to have written; nothing reads it any more'")>>
REMOVE node.external_id
RETURN collect(node.id) AS ids;
