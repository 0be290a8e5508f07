// Artifacts whose thing is at one of some places, in the order of the places, then by id.
//
// access:  read
// returns: artifact (node)
UNWIND range(0, size($uris) - 1) AS place
MATCH (artifact:Artifact {uri: $uris[place]})
RETURN artifact
ORDER BY place, artifact.id;
