// The ids of artifacts that a filter lets through, lowest first.
//
// The line marked filter is replaced by what the user wrote (graphstore/filters).
//
// access:  read
// returns: ids
// written: from scripts/queries/lineage/choose_{member}s.cypher
MATCH (artifact:Artifact)
WHERE true
  AND true // filter
WITH artifact.id AS id
ORDER BY id
LIMIT $limit
RETURN collect(id) AS ids;
