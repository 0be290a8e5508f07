// The execution of one name within one type.
//
// A type without a version has the version ''.
//
// access:  read
// returns: execution (node)
MATCH (type:Type {kind: 'execution', name: $type, version: $type_version})
MATCH (execution:Execution {type_id: type.id, name: $name})
RETURN execution;
