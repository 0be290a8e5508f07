// Write <<kind>>s over what the store has of them, just as an archive has them: [id, labels, properties].
//
// access:  write
// returns: written
// planned: once
UNWIND $nodes AS row
MATCH (node:<<Kind>> {id: row[0]})
WITH node, row, properties(node) AS before
<<revisions.replaced('node', 'row[2]', but=none)>>
SET node:$(row[1])
RETURN count(*) AS written;
