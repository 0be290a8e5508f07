// How many artifacts in the store came from a source.
//
// access:  read
// returns: count
MATCH (artifact:Artifact {source: $source})
RETURN count(*) AS count;
