// The <<kind>> of one name within one type.
//
// A type without a version has the version ''.
//
<<times.said()>>
//
// access:  read
// returns: <<kind>> (map)
MATCH (type:Type {kind: '<<kind>>', name: $type, version: $type_version})
MATCH (<<kind>>:<<Kind>> {type_id: type.id, name: $name})
RETURN
  <<times.of(kind)>> AS <<kind>>;
