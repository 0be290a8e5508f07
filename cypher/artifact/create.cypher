// Create artifacts, all or none.
//
// The ids were leased beforehand, so that a client that lost the answer can ask again: what is
// there already stays as it is.
//
// access:  write
// returns: artifact (node)
UNWIND $artifacts AS row
MERGE (artifact:Artifact {id: row.id})
  ON CREATE SET artifact:$(row.label), artifact += row.properties,
    artifact.create_time = datetime({epochMillis: timestamp()}),
    artifact.last_update_time = datetime({epochMillis: timestamp()})
RETURN artifact
ORDER BY artifact.id;
