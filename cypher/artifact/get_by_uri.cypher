// Artifacts whose thing is at one place, ordered by id.
//
// access:  read
// returns: artifact (node)
MATCH (artifact:Artifact {uri: $uri})
RETURN artifact
ORDER BY artifact.id;
