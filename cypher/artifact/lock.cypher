// Artifacts by id, locked until the transaction ends.
//
// So nobody changes them between this read and the write that depends on it.
//
// access:  write
// returns: artifact (node)
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})
SET artifact.id = artifact.id
RETURN artifact
ORDER BY artifact.id;
