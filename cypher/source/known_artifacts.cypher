// What was imported from a source as its artifacts of some ids.
//
// access:  read
// returns: artifact (node)
UNWIND $source_ids AS source_id
MATCH (artifact:Artifact {source: $source, source_id: source_id})
RETURN artifact;
