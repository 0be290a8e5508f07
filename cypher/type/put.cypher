// Create the types that there are none of, by kind, name and version, and lock them all.
//
// So what they declare cannot grow between this read and the write that depends on it.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: types (list of maps)
// written: from scripts/queries/type/put.cypher
UNWIND $new_types AS row
MERGE (type:Type {kind: row.kind, name: row.name, version: row.version})
  ON CREATE SET type:$(row.label), type += row.properties,
    type.create_time = datetime({epochMillis: datetime.transaction().epochMillis}), type._by = $by
SET type.id = type.id
RETURN collect(
  type {
    .*,
    create_time: CASE WHEN type.create_time IS :: ZONED DATETIME
      THEN type.create_time.epochMillis ELSE type.create_time END
  }
) AS types;
