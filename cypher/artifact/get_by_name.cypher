// The artifact of one name within one type.
//
// A type without a version has the version ''.
//
// access:  read
// returns: artifact (node)
MATCH (type:Type {kind: 'artifact', name: $type, version: $type_version})
MATCH (artifact:Artifact {type_id: type.id, name: $name})
RETURN artifact;
