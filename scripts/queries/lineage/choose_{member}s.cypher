// The ids of <<member>>s that a filter lets through, lowest first.
//
// The line marked filter is replaced by what the user wrote (graphstore/filters).
//
// access:  read
// returns: ids
MATCH (<<member>>:<<Member>>)
WHERE true
  AND true // filter
WITH <<member>>.id AS id
ORDER BY id
LIMIT $limit
RETURN collect(id) AS ids;
