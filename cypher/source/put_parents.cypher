// Make contexts, named by type and name, part of others.
//
// access:  write
// returns: matched (the numbers of the rows whose two ends exist), created
UNWIND $rows AS row
MATCH (child:Context {type_id: row.type_id, name: row.name})
MATCH (parent:Context {type_id: row.parent_type_id, name: row.parent_name})
WITH row, child, parent,
  NOT EXISTS { (child)-[:CHILD_OF]->(parent) } AS is_new
MERGE (child)-[:CHILD_OF]->(parent)
RETURN collect(row.number) AS matched, sum(toInteger(is_new)) AS created;
