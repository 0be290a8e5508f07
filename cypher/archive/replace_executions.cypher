// Write executions over what the store has of them, just as an archive has them: [id, labels, properties].
//
// access:  write
// returns: written
// written: from scripts/queries/archive/replace_{kind}s.cypher
UNWIND $nodes AS row
MATCH (node:Execution {id: row[0]})
SET node = row[2], node:$(row[1])
RETURN count(*) AS written;
