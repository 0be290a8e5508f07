// Make contexts part of others.
//
// access:  write
// returns: matched (the numbers of the rows whose two ends exist), created
UNWIND $rows AS row
MATCH (child:Context {id: row.context})
MATCH (parent:Context {id: row.parent_context})
WITH row, child, parent,
  NOT EXISTS { (child)-[:CHILD_OF]->(parent) } AS is_new
MERGE (child)-[:CHILD_OF]->(parent)
RETURN collect(row.number) AS matched, sum(toInteger(is_new)) AS created;
