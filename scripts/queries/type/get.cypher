// The type of one kind, name and version.
//
// A type without a version has the version ''.
//
<<times.said()>>
//
// access:  read
// returns: type (map)
MATCH (type:Type {kind: $kind, name: $type, version: $type_version})
RETURN
  <<times.of('type')>> AS type;
