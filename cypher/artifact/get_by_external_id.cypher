// Artifacts by their ids in somebody else's system, ordered by id.
//
// access:  read
// returns: artifact (node)
UNWIND $external_ids AS external_id
MATCH (artifact:Artifact {external_id: external_id})
RETURN artifact
ORDER BY artifact.id;
