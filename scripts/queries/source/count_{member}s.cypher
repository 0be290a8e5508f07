// How many <<member>>s in the store came from a source.
//
// access:  read
// returns: count
//
// That source_id is there lets the index serve, which has both.
MATCH (<<member>>:<<Member>> {source: $source})
WHERE <<member>>.source_id IS NOT NULL
RETURN count(*) AS count;
