// The context of one name within one type.
//
// A type without a version has the version ''.
//
// access:  read
// returns: context (node)
MATCH (type:Type {kind: 'context', name: $type, version: $type_version})
MATCH (context:Context {type_id: type.id, name: $name})
RETURN context;
