// The type of one kind, name and version.
//
// A type without a version has the version ''.
//
// access:  read
// returns: type (node)
MATCH (type:Type {kind: $kind, name: $type, version: $type_version})
RETURN type;
