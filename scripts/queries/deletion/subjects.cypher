// What there is of some nodes, for a deletion: of each its kind, id, type, state, and whether it was deleted.
//
// The state of a run is its status. A row has a thousand at most.
//
// access:  read
// returns: nodes (lists), now (the server's time)
CALL () {
  <<revisions.named()>>
}
WITH collect([
  <<revisions.kind('node')>>,
  node.id, node.type, coalesce(node.state, properties(node).status), node._deleted IS NOT NULL
]) AS nodes
UNWIND range(0, size(nodes) - 1, 1000) AS first
RETURN nodes[first..first + 1000] AS nodes, datetime.transaction() AS now;
