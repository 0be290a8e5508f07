// Write contexts over what the store has of them, just as an archive has them: [id, labels, properties].
//
// access:  write
// returns: written
// written: from scripts/queries/archive/replace_{kind}s.cypher
// planned: once
UNWIND $nodes AS row
MATCH (node:Context {id: row[0]})
WITH node, row, properties(node) AS before
FOREACH (key IN [
  key IN keys(before) + [key IN keys(row[2]) WHERE before[key] IS NULL]
  WHERE (valueType(before[key]) <> valueType(row[2][key]) OR before[key] <> row[2][key])
] | SET node[key] = row[2][key])
SET node:$(row[1])
RETURN count(*) AS written;
