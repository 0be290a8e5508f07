// The ids of artifacts that a filter lets through, lowest first.
//
// The line marked filter is replaced by what the user wrote (graphstore/repository/filtering).
//
// access:  read
// returns: ids
MATCH (artifact:Artifact)
WHERE true
  AND true // filter
WITH artifact.id AS id
ORDER BY id
LIMIT $limit
RETURN collect(id) AS ids;
