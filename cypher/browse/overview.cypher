// What the store holds: how many nodes of each kind and type, and when the last one came.
//
// access:  read
// returns: kind, type, count, last
MATCH (node:Artifact|Execution|Context)
RETURN CASE WHEN node:Artifact THEN 'artifact' WHEN node:Execution THEN 'execution'
    ELSE 'context' END AS kind,
  node.type AS type, count(*) AS count, max(node.create_time) AS last
ORDER BY kind, count DESC;
