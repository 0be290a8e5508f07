// Create the types that there are none of, by kind, name and version, and lock them all.
//
// So what they declare cannot grow between this read and the write that depends on it.
//
<<times.said()>>
//
// access:  write
// returns: types (list of maps)
UNWIND $new_types AS row
MERGE (type:Type {kind: row.kind, name: row.name, version: row.version})
  ON CREATE SET type:$(row.label), type += row.properties,
    type.create_time = datetime({epochMillis: datetime.transaction().epochMillis}), type._by = $by
SET type.id = type.id
<<nodes.row('type')>>
