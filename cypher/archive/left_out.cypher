// How many nodes no archive has, by their labels: somebody else's, and those of ours without a whole number as id.
//
// access:  read
// returns: labels, count
MATCH (node)
WHERE NOT node:GraphstoreSequence|GraphstoreMigration|GraphstoreSource|GraphstoreStore|GraphstoreDeletion|GraphstoreLease
  AND NOT node:GraphstoreErasure|GraphstoreSeal|GraphstoreLeaves|GraphstoreSealing
  AND NOT (node:Artifact|Execution|Context|Type AND node.id IS :: INTEGER NOT NULL)
  AND NOT (
    COUNT { (node)-[*1..1]-() } = 1 AND EXISTS { (node)-[*1..1]-(:Artifact|Execution|Context|Type) }
  )
RETURN labels(node) AS labels, count(*) AS count
ORDER BY labels;
