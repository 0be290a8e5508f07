// How many artifacts in the store came from a source.
//
// access:  read
// returns: count
// written: from scripts/queries/source/count_{member}s.cypher
//
// That source_id is there lets the index serve, which has both.
MATCH (artifact:Artifact {source: $source})
WHERE artifact.source_id IS NOT NULL
RETURN count(*) AS count;
