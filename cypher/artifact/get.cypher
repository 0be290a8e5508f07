// Artifacts by id, ordered by id; ids that nothing has are left out.
//
// access:  read
// returns: artifact (node)
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})
RETURN artifact
ORDER BY artifact.id;
