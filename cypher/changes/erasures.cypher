// What was erased from one time on and before another: nodes, and edges; or those of some nodes.
//
// A row has a thousand at most. One is [time in milliseconds since the epoch, who erased it, why, kind, id, type, kind
// and id of the node that an edge ends at]; of what was purged nobody knows the type.
//
// access:  read
// returns: erasures (lists)
MATCH (erasure:GraphstoreErasure) WHERE $since <= erasure._recorded < $until
WITH erasure._recorded AS time, erasure._by AS by, erasure._why AS why, erasure.kind AS kind, erasure.ids AS ids,
  erasure.edge AS edge, erasure.other_kind AS other_kind, erasure.others AS others
UNWIND range(0, size(ids) - 1) AS place
WITH DISTINCT time, by, why, kind, ids[place] AS id, edge, other_kind, others[place] AS other
WHERE true
  AND (id IN $named[kind] OR coalesce(other IN $named[other_kind], false)) // optional
WITH collect([time.epochMillis, by, why, kind, id,
  CASE WHEN edge <> '' THEN edge ELSE coalesce(CASE kind
    WHEN 'artifact' THEN head(COLLECT { MATCH (node:Artifact {id: id}) RETURN node.type })
    WHEN 'execution' THEN head(COLLECT { MATCH (node:Execution {id: id}) RETURN node.type })
    WHEN 'context' THEN head(COLLECT { MATCH (node:Context {id: id}) RETURN node.type })
    ELSE head(COLLECT { MATCH (node:Type {id: id}) RETURN node.kind + ' type' }) END, '') END,
  other_kind, other]) AS erasures
UNWIND range(0, size(erasures) - 1, 1000) AS first
RETURN erasures[first..first + 1000] AS erasures;
