// The artifacts at some places that stay when those of some ids go.
//
// access:  read
// returns: id, places
MATCH (artifact:Artifact)
WHERE (artifact.uri IN $uris OR artifact._place IN $uris) AND NOT artifact.id IN $ids
RETURN artifact.id AS id, [place IN [artifact.uri, artifact._place] WHERE place IN $uris] AS places
ORDER BY id;
