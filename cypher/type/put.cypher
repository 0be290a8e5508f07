// Create a type if there is none of its kind, name and version, and lock it either way.
//
// So what it declares cannot grow between this read and the write that depends on it.
//
// access:  write
// returns: type (node)
MERGE (type:Type {kind: $kind, name: $type, version: $type_version})
  ON CREATE SET type:$($label), type += $properties,
    type.create_time = datetime({epochMillis: timestamp()})
SET type.id = type.id
RETURN type;
