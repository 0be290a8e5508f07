// The type of one kind, name and version.
//
// A type without a version has the version ''.
//
<<times.said()>>
//
// A line marked optional is left out when nobody asks for it: with $known_at the answer is what the store
// said then, and `_past` of a type what was changed of it since, which is to be taken back.
//
// access:  read
// as_of:   yes
// returns: type (map)
MATCH (type:Type {kind: $kind, name: $type, version: $type_version})
WHERE true
  <<revisions.known('type')>>
RETURN
  <<times.of('type', past=true)>> AS type;
